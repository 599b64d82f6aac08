const BEGIN = '-----BEGIN AGE ENCRYPTED FILE-----';
const END = '-----END AGE ENCRYPTED FILE-----';
const LINE = /.{1,64}/g;

/** age's ASCII armor, with one final line feed and no empty lines (age 1.1.1 refuses a leading one). */
export function encodeArmor(file: Uint8Array): string {
  const base64 = Buffer.from(file.buffer, file.byteOffset, file.byteLength).toString('base64');
  return `${[BEGIN, ...(base64.match(LINE) ?? []), END].join('\n')}\n`;
}

/** Null unless the text is exactly the output of `encodeArmor` for the bytes. */
export function decodeArmor(text: string): Uint8Array | null {
  if (!text.startsWith(`${BEGIN}\n`) || !text.endsWith(`\n${END}\n`)) return null;
  const file = Buffer.from(text.slice(BEGIN.length, -END.length - 1), 'base64');
  return encodeArmor(file) === text ? file : null;
}

export function isArmored(text: string): boolean {
  return text.startsWith(BEGIN);
}

/** The bytes of canonical, unpadded base64url text of exactly `length` bytes; null for anything else. */
export function decodeBase64url(text: string, length: number): Uint8Array | null {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.length === length && bytes.toString('base64url') === text ? bytes : null;
}

export function encodeBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}
