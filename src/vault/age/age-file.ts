/** Why an age file did not open; named after the classes of the C2SP test vectors. */
export type AgeFailure = 'malformed' | 'no-match' | 'tampered';

/**
 * Stays within `vault/`: callers know the place and report it (`vault/malformed`, `vault/undecryptable`,
 * `vault/tampered`).
 */
export class AgeFault extends Error {
  override readonly name = 'AgeFault';
  readonly failure: AgeFailure;

  constructor(failure: AgeFailure, message: string) {
    super(message);
    this.failure = failure;
  }
}

export interface Stanza {
  readonly args: readonly string[];
  readonly body: Uint8Array;
}

/** The parts of a binary age file (age-encryption.org/v1), split but not yet verified. */
export interface AgeFile {
  readonly stanzas: readonly Stanza[];
  /** The bytes that the header's MAC covers. */
  readonly header: Uint8Array;
  readonly mac: Uint8Array;
  readonly nonce: Uint8Array;
  readonly payload: Uint8Array;
}

const VERSION = 'age-encryption.org/v1';
const ARGUMENT = /^[\x21-\x7e]+$/;
const MAC_MARK = '--- ';
const NONCE_BYTES = 16;
const MAC_BYTES = 32;
export const CHUNK_BYTES = 64 * 1024;
export const TAG_BYTES = 16;

/** Throws `AgeFault` 'malformed'. */
export function parseAgeFile(file: Uint8Array): AgeFile {
  const lines = new HeaderLines(file);
  if (lines.next() !== VERSION) throw malformed('not an age file');
  const stanzas: Stanza[] = [];
  for (;;) {
    const line = lines.next();
    if (line.startsWith(MAC_MARK)) {
      const mac = base64(line.slice(MAC_MARK.length));
      if (mac.length !== MAC_BYTES || stanzas.length === 0) throw malformed('the header does not end as it should');
      const header = file.subarray(0, lines.lineStart + MAC_MARK.length - 1);
      const payload = file.subarray(lines.position + NONCE_BYTES);
      const nonce = file.subarray(lines.position, lines.position + NONCE_BYTES);
      if (nonce.length !== NONCE_BYTES) throw malformed('the payload is cut off');
      return { stanzas, header, mac, nonce, payload };
    }
    stanzas.push(parseStanza(line, lines));
  }
}

/** The number of sealed bytes; needs no key. Throws `AgeFault` 'malformed'. */
export function sealedSize(file: AgeFile): number {
  const chunks = Math.ceil(file.payload.length / (CHUNK_BYTES + TAG_BYTES));
  const size = file.payload.length - chunks * TAG_BYTES;
  const lastChunk = size - (chunks - 1) * CHUNK_BYTES;
  if (chunks === 0 || lastChunk < 0 || (lastChunk === 0 && chunks > 1)) throw malformed('the payload is cut off');
  return size;
}

function parseStanza(line: string, lines: HeaderLines): Stanza {
  const [mark, ...args] = line.split(' ');
  if (mark !== '->' || args.length === 0) throw malformed('a stanza was expected');
  if (!args.every((arg) => ARGUMENT.test(arg))) throw malformed('a stanza has an empty or unprintable argument');
  const parts: Uint8Array[] = [];
  for (;;) {
    const text = lines.next();
    if (text.length > 64) throw malformed('a stanza line is too long');
    parts.push(base64(text));
    if (text.length < 64) return { args, body: Buffer.concat(parts) };
  }
}

/** Canonical base64 without padding. */
function base64(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text) throw malformed('not canonical base64');
  return bytes;
}

/** Decodes base64 of exactly `length` bytes, the form of stanza arguments. */
export function base64Argument(text: string | undefined, length: number): Uint8Array {
  const bytes = base64(text ?? '');
  if (bytes.length !== length) throw malformed('a stanza argument has the wrong length');
  return bytes;
}

/** The result of `read`. `otherwise` makes the error for an `AgeFault`; a bug is rethrown unchanged. */
export function translatingAgeFaults<T>(read: () => T, otherwise: (fault: AgeFault) => Error): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof AgeFault ? otherwise(error) : error;
  }
}

export function malformed(message: string): AgeFault {
  return new AgeFault('malformed', message);
}

class HeaderLines {
  readonly #file: Uint8Array;
  position = 0;
  lineStart = 0;

  constructor(file: Uint8Array) {
    this.#file = file;
  }

  next(): string {
    const end = this.#file.indexOf(0x0a, this.position);
    if (end === -1) throw malformed('the header is cut off');
    this.lineStart = this.position;
    this.position = end + 1;
    return Buffer.from(this.#file.subarray(this.lineStart, end)).toString('latin1');
  }
}
