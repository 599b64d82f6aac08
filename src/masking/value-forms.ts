/** Shorter forms occur everywhere by chance. */
export const SHORTEST_FORM = 6;
/** A longer value is masked only as itself and as its lines: every form costs memory for each of its bytes. */
export const LONGEST_ENCODED = 96 * 1024;

const LF = 0x0a;
const CR = 0x0d;
const BLANKS: readonly number[] = [0x20, 0x09, LF, 0x0b, 0x0c, CR];

/**
 * The forms of a value to look for: the value, each of its distinctive lines (logs are cut into lines), and both in
 * base64 and base64url at any offset and in hex. Each form once, none shorter than `SHORTEST_FORM`. spelled-readings.ts
 * finds them regardless of the program's escapes, quoting and line breaks in an encoded form.
 */
export function valueForms(value: Uint8Array): Uint8Array[] {
  const whole = withoutLastLineEnd(bufferOf(value));
  if (isBlank(whole)) return [];
  const raw = plainForms(value);
  const forms = whole.length > LONGEST_ENCODED ? raw : raw.flatMap((one) => [one, ...encodedForms(one)]);
  const long = forms.filter((form) => form.length >= SHORTEST_FORM);
  return [...new Map(long.map((form) => [form.toString('latin1'), form])).values()];
}

/** The value and each of its distinctive lines, as they are, at any length. */
export function plainForms(value: Uint8Array): Buffer[] {
  const whole = withoutLastLineEnd(bufferOf(value));
  return isBlank(whole) ? [] : [whole, ...linesOf(whole)];
}

function encodedForms(value: Buffer): Buffer[] {
  if (value.length < SHORTEST_FORM) return [];
  const hex = value.toString('hex');
  return [hex, hex.toUpperCase(), ...base64Forms(value)].map((text) => Buffer.from(text));
}

function base64Forms(value: Buffer): string[] {
  const atAnyOffset = [0, 1, 2].map((offset) => base64At(value, offset));
  const urlSafe = atAnyOffset.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  return [value.toString('base64'), ...atAnyOffset, ...urlSafe];
}

/** The base64 characters that depend only on the value, at this offset in a longer text. */
function base64At(value: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), value])
    .toString('base64')
    .replace(/=+$/, '');
  const shared = (offset + value.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
}

/** Removes the line end that a value from a file often has; masking it too would join the next line to this one. */
function withoutLastLineEnd(value: Buffer): Buffer {
  const end = value.at(-1) === LF ? (value.at(-2) === CR ? -2 : -1) : value.length;
  return value.subarray(0, end);
}

/** Lines without the blanks around them: programs trim lines and indent them again. */
function linesOf(value: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from <= value.length; ) {
    const feed = value.indexOf(LF, from);
    const end = feed === -1 ? value.length : feed;
    const line = trimmed(value.subarray(from, end));
    if (isTelling(line)) lines.push(line);
    from = end + 1;
  }
  return lines;
}

function trimmed(line: Buffer): Buffer {
  let [from, to] = [0, line.length];
  while (from < to && BLANKS.includes(line[from] ?? 0)) from++;
  while (to > from && BLANKS.includes(line[to - 1] ?? 0)) to--;
  return line.subarray(from, to);
}

function isBlank(value: Buffer): boolean {
  return value.every((byte) => BLANKS.includes(byte));
}

/**
 * A line that occurs in every file of its kind: a line of signs only, a key without a value, a heading, the frame of a
 * PEM.
 */
const COMMON_LINE =
  /^(?:[!-/:-@[-`{-~\s]*|[-\s]*["']?[A-Za-z_-]{1,40}["']?:[\s[{|>]*|\[[A-Za-z _.-]{1,40}\]|-----(?:BEGIN|END) [A-Z0-9 ]+-----)$/;
const LONGEST_COMMON_LINE = 100;

/** Whether a line is distinctive for its value, so that masking it does not hide half of an ordinary output. */
function isTelling(line: Buffer): boolean {
  return line.length > LONGEST_COMMON_LINE || !COMMON_LINE.test(line.toString('latin1'));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
