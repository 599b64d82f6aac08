import {
  createDecipheriv,
  createHmac,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { inspect } from 'node:util';
import {
  AgeFault,
  type AgeFile,
  base64Argument,
  CHUNK_BYTES,
  malformed,
  type Stanza,
  sealedSize,
  TAG_BYTES,
} from './age-file.ts';
import { decodeBech32, encodeBech32 } from './bech32.ts';

/*
 * Opens age files for X25519 keys with node:crypto alone: importing age-encryption costs more than a whole `run`
 * should. A differential test compares it with age-encryption.
 */

const PRIVATE_DER = Buffer.from('302e020100300506032b656e04220420', 'hex');
const PUBLIC_DER = Buffer.from('302a300506032b656e032100', 'hex');
const KEY_BYTES = 32;
const FILE_KEY_BYTES = 16;
const STANZA_TYPE = 'X25519';
const WRAP_LABEL = 'age-encryption.org/v1/X25519';
const SECRET_PREFIX = 'age-secret-key-';
const ZERO_NONCE = Buffer.alloc(12);

/** The X25519 secret key of a member or of a group. Printing it in any way shows the public recipient only. */
export class AgeKey {
  readonly #secret: Uint8Array;
  readonly #private: KeyObject;
  readonly #public: Uint8Array;
  #recipient: string | undefined;

  private constructor(secret: Uint8Array) {
    this.#secret = secret;
    this.#private = createPrivateKey({ key: Buffer.concat([PRIVATE_DER, secret]), format: 'der', type: 'pkcs8' });
    this.#public = createPublicKey(this.#private).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES);
  }

  static generate(): AgeKey {
    return new AgeKey(randomBytes(KEY_BYTES));
  }

  /** Parses `AGE-SECRET-KEY-1...`; null for any other text. */
  static fromText(text: string): AgeKey | null {
    const secret = text === text.toUpperCase() ? decodeBech32(SECRET_PREFIX, text) : null;
    return secret?.length === KEY_BYTES ? new AgeKey(secret) : null;
  }

  /** `age1...` */
  get recipient(): string {
    this.#recipient ??= encodeBech32('age', this.#public);
    return this.#recipient;
  }

  /** The secret itself, to be sealed or kept in a file that only its owner can read. */
  secretText(): string {
    return encodeBech32(SECRET_PREFIX, this.#secret).toUpperCase();
  }

  /** Derives 32 bytes for one other use; they reveal nothing about the key. */
  derive(purpose: string): Uint8Array {
    return hkdf(this.#secret, Buffer.alloc(0), purpose);
  }

  /** The sealed bytes. Throws `AgeFault`. */
  open(file: AgeFile): Uint8Array {
    const fileKey = this.#fileKey(file.stanzas);
    const mac = createHmac('sha256', hkdf(fileKey, Buffer.alloc(0), 'header'))
      .update(file.header)
      .digest();
    if (!timingSafeEqual(mac, file.mac)) throw new AgeFault('tampered', 'the header was changed');
    return openPayload(file, hkdf(fileKey, file.nonce, 'payload'));
  }

  #fileKey(stanzas: readonly Stanza[]): Uint8Array {
    for (const stanza of stanzas) {
      if (stanza.args[0] !== STANZA_TYPE) continue;
      const share = base64Argument(stanza.args[1], KEY_BYTES);
      const isWellFormed = stanza.args.length === 2 && stanza.body.length === FILE_KEY_BYTES + TAG_BYTES;
      if (!isWellFormed) throw malformed('an X25519 stanza has the wrong shape');
      const wrapKey = hkdf(this.#agree(share), Buffer.concat([share, this.#public]), WRAP_LABEL);
      const fileKey = decrypt(wrapKey, ZERO_NONCE, stanza.body);
      if (fileKey !== null) return fileKey;
    }
    throw new AgeFault('no-match', 'sealed to another key');
  }

  #agree(share: Uint8Array): Uint8Array {
    const publicKey = createPublicKey({ key: Buffer.concat([PUBLIC_DER, share]), format: 'der', type: 'spki' });
    try {
      return diffieHellman({ privateKey: this.#private, publicKey });
    } catch {
      // OpenSSL refuses points of small order: with one, the secret would not depend on our key.
      throw malformed('an X25519 stanza holds a point of small order');
    }
  }

  toString(): string {
    return `AgeKey(${this.recipient})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Whether the text is an X25519 recipient (`age1...`, in lower case). */
export function isX25519Recipient(text: string): boolean {
  return text === text.toLowerCase() && decodeBech32('age', text)?.length === KEY_BYTES;
}

/** STREAM: numbered chunks of 64 KiB with the last one marked, so that no chunk can be cut, moved or added. */
function openPayload(file: AgeFile, key: Uint8Array): Uint8Array {
  const value = Buffer.alloc(sealedSize(file));
  const sealedChunk = CHUNK_BYTES + TAG_BYTES;
  const last = Math.ceil(file.payload.length / sealedChunk) - 1;
  for (let index = 0; index <= last; index += 1) {
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index, 7);
    nonce[11] = index === last ? 1 : 0;
    const opened = decrypt(key, nonce, file.payload.subarray(index * sealedChunk, (index + 1) * sealedChunk));
    if (opened === null) throw new AgeFault('tampered', 'the sealed value was changed');
    value.set(opened, index * CHUNK_BYTES);
  }
  return value;
}

function decrypt(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Uint8Array | null {
  const cipher = createDecipheriv('chacha20-poly1305', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const opened = cipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    cipher.final();
    return opened;
  } catch {
    return null;
  }
}

function hkdf(key: Uint8Array, salt: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, salt, info, KEY_BYTES));
}
