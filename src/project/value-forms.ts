/** What is shorter turns up by chance. */
export const SHORTEST_FORM = 8;

/**
 * How a value may stand in a file: as it is, each of its lines, and the whole in base64 at any offset, base64url, URL, JSON
 * and hex. Each once, and none shorter than `SHORTEST_FORM`.
 */
export function valueForms(value: Uint8Array): readonly Uint8Array[] {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length < SHORTEST_FORM) return [];
  const base64 = [0, 1, 2].map((offset) => base64At(bytes, offset));
  const hex = bytes.toString('hex');
  const forms = [
    bytes,
    ...lines(bytes),
    ...base64.map((text) => Buffer.from(text)),
    ...base64.map((text) => Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))),
    ...[hex, hex.toUpperCase(), ...quoted(bytes)].map((text) => Buffer.from(text)),
  ];
  const long = forms.filter((form) => form.length >= SHORTEST_FORM);
  return [...new Map(long.map((form) => [form.toString('latin1'), form])).values()];
}

/** The characters that the value alone decides, wherever in a longer text it began. */
function base64At(value: Buffer, offset: number): string {
  const text = Buffer.concat([Buffer.alloc(offset), value])
    .toString('base64')
    .replace(/=+$/, '');
  const shared = (offset + value.length) % 3 === 0 ? 0 : 1;
  return text.slice(offset === 0 ? 0 : offset + 1, text.length - shared);
}

function lines(value: Buffer): readonly Buffer[] {
  const found = value.toString('latin1').split(/\r?\n/);
  return found.length < 2 ? [] : found.map((line) => Buffer.from(line, 'latin1'));
}

/** Text as URLs and JSON write it. */
function quoted(value: Buffer): readonly string[] {
  const text = value.toString('utf8');
  if (!Buffer.from(text).equals(value)) return [];
  return [encodeURIComponent(text), JSON.stringify(text).slice(1, -1)];
}
