import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/**
 * Seals the sensitive outputs of a run for its journal, so that it can be resumed: by AES-256-GCM under a key that only
 * readers of the run's group can make again, each bound to its step and its name. base64 of nonce, ciphertext and tag.
 */
export class OutputSeal {
  readonly #key: Uint8Array;

  /** @param key 32 bytes, of this run and no other */
  constructor(key: Uint8Array) {
    this.#key = key;
  }

  seal(path: string, name: string, value: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(contextBytes(path, name));
    return Buffer.concat([nonce, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  /** Null where it was sealed under another key, for another place, or changed since. */
  open(path: string, name: string, sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    try {
      const opening = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(contextBytes(path, name))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      const value = opening.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([value, opening.final()]).toString('utf8');
    } catch {
      return null;
    }
  }
}

function contextBytes(path: string, name: string): Uint8Array {
  return Buffer.from(JSON.stringify(['lockstep/1 output', path, name]));
}
