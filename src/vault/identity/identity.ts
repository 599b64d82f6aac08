import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { inspect } from 'node:util';
import type { AgeFile } from '../age/age-file.ts';
import { AgeKey } from '../age/age-x25519.ts';
import { encodeBase64url } from '../age/encodings.ts';

const SIGNING_PURPOSE = 'lockstep/1 ed25519 signing key';
const PRIVATE_DER = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

/**
 * The secret of one member: an age secret key, and the Ed25519 key derived from it, so that a person keeps one line.
 * Printing it in any way shows the public recipient only.
 */
export class Identity {
  readonly #key: AgeKey;
  /** Made on first use: a run that only opens values never signs. */
  #signing: KeyObject | undefined;

  constructor(key: AgeKey) {
    this.#key = key;
  }

  static generate(): Identity {
    return new Identity(AgeKey.generate());
  }

  /** Parses `AGE-SECRET-KEY-1...`; null for any other text. */
  static fromText(text: string): Identity | null {
    const key = AgeKey.fromText(text);
    return key === null ? null : new Identity(key);
  }

  /** `age1...` */
  get recipient(): string {
    return this.#key.recipient;
  }

  /** The public Ed25519 key, unpadded base64url. */
  get signingKey(): string {
    const spki = createPublicKey(this.#signingKey()).export({ format: 'der', type: 'spki' });
    return encodeBase64url(spki.subarray(-KEY_BYTES));
  }

  #signingKey(): KeyObject {
    const der = () => Buffer.concat([PRIVATE_DER, this.#key.derive(SIGNING_PURPOSE)]);
    this.#signing ??= createPrivateKey({ key: der(), format: 'der', type: 'pkcs8' });
    return this.#signing;
  }

  /** An Ed25519 signature, unpadded base64url. */
  sign(bytes: Uint8Array): string {
    return encodeBase64url(sign(null, bytes, this.#signingKey()));
  }

  /** Throws `AgeFault`. */
  open(file: AgeFile): Uint8Array {
    return this.#key.open(file);
  }

  /** The secret key in age-keygen's form, for the file that keeps it. */
  fileText(created: Date): string {
    const stamp = created.toISOString().replace(/\.\d+Z$/, 'Z');
    return `# created: ${stamp}\n# public key: ${this.recipient}\n${this.#key.secretText()}\n`;
  }

  toString(): string {
    return `Identity(${this.recipient})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
