import { unicodeEscape } from '../util/unicode-escape.ts';

/** What is shorter turns up by chance everywhere. */
export const SHORTEST_FORM = 6;
/** Beyond this a value is known by itself and its lines only: every form costs memory for each of its bytes. */
export const LONGEST_ENCODED = 96 * 1024;

const LF = 0x0a;
const CR = 0x0d;
/** Where `base64` and `openssl base64` break their lines. */
const BASE64_COLUMNS = [76, 64] as const;

/**
 * How a value may stand in output: as it is, each of its lines (logs are cut into lines), and both as programs write them:
 * base64 and base64url at any offset, hex, URL, JSON once and twice, HTML, and a shell's quoting. Each form once, none shorter
 * than `SHORTEST_FORM`. What is not among them, test/run/value-forms.test.ts and the README list.
 */
export function valueForms(value: Uint8Array): Uint8Array[] {
  const whole = withoutLastLineEnd(bufferOf(value));
  const raw = [whole, ...linesOf(whole)];
  const forms = whole.length > LONGEST_ENCODED ? raw : raw.flatMap((one) => [one, ...encodedForms(one)]);
  const long = forms.filter((form) => form.length >= SHORTEST_FORM);
  return [...new Map(long.map((form) => [form.toString('latin1'), form])).values()];
}

function encodedForms(value: Buffer): Buffer[] {
  if (value.length < SHORTEST_FORM) return [];
  const hex = value.toString('hex');
  const texts = [hex, hex.toUpperCase(), ...base64Forms(value), ...textForms(value)];
  return texts.map((text) => Buffer.from(text));
}

function base64Forms(value: Buffer): string[] {
  const atAnyOffset = [0, 1, 2].map((offset) => base64At(value, offset));
  const whole = value.toString('base64');
  const wrapped = BASE64_COLUMNS.flatMap((columns) =>
    whole.length > columns ? (whole.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []) : [],
  );
  const urlSafe = atAnyOffset.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [whole, ...atAnyOffset, ...urlSafe, ...wrapped];
}

/** The characters that the value alone decides, wherever in a longer text it began. */
function base64At(value: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), value])
    .toString('base64')
    .replace(/=+$/, '');
  const shared = (offset + value.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
}

/** Only of what is text. */
function textForms(value: Buffer): string[] {
  const text = value.toString('utf8');
  if (!Buffer.from(text).equals(value)) return [];
  return [...urlForms(text), ...jsonForms(text), ...htmlForms(text), ...shellForms(text)];
}

/** As JavaScript (a part of a URL, or all of one), RFC 3986, Python (which leaves `/`) and forms (which write `+` for a blank) have it. */
function urlForms(text: string): string[] {
  const component = encodeURIComponent(text);
  const strict = component.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict, strict.replaceAll('%2F', '/'), strict.replaceAll('%20', '+'), encodeURI(text)];
  return [...forms, ...forms.map((form) => form.replace(/%../g, (one) => one.toLowerCase()))];
}

/** Plain, with `\/` (PHP), in ASCII (Python), safe in HTML (Go); and each of them as a string within JSON again. */
function jsonForms(text: string): string[] {
  const plain = JSON.stringify(text).slice(1, -1);
  const ascii = plain.replace(/[\u0080-\uffff]/g, unicodeEscape);
  const once = [plain, plain.replaceAll('/', '\\/'), ascii, plain.replace(/[<>&\u2028\u2029]/g, unicodeEscape)];
  return [...once, ...once.map((form) => JSON.stringify(form).slice(1, -1))];
}

const ENTITIES = [
  { '"': '"', "'": "'" },
  { '"': '&quot;', "'": "'" },
  { '"': '&quot;', "'": '&#39;' },
  { '"': '&quot;', "'": '&#x27;' },
  { '"': '&quot;', "'": '&apos;' },
  { '"': '&#34;', "'": '&#39;' },
] as const;

function htmlForms(text: string): string[] {
  const angles = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ENTITIES.map((quotes) => angles.replaceAll('"', quotes['"']).replaceAll("'", quotes["'"]));
}

/** As `set -x` and `printf %q` of bash and other shells, and Python's shlex, quote it. */
function shellForms(text: string): string[] {
  const ansi = text.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r');
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replace(/[\\"$`]/g, '\\$&'),
    text.replace(/[ \t!"#$&'()*,;<>?[\\\]^`{|}~]/g, '\\$&'),
    ansi,
  ];
}

/** A value from a file often ends in one; masking it too would glue the next line to this one. */
function withoutLastLineEnd(value: Buffer): Buffer {
  const end = value.at(-1) === LF ? (value.at(-2) === CR ? -2 : -1) : value.length;
  return value.subarray(0, end);
}

function linesOf(value: Buffer): Buffer[] {
  if (!value.includes(LF)) return [];
  const lines: Buffer[] = [];
  for (let from = 0; from <= value.length; ) {
    const feed = value.indexOf(LF, from);
    const end = feed === -1 ? value.length : feed;
    lines.push(value.subarray(from, end > from && value[end - 1] === CR ? end - 1 : end));
    from = end + 1;
  }
  return lines;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
