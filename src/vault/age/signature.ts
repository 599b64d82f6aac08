import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { canonicalJson } from '../../util/canonical-json.ts';
import { decodeBase64url } from './encodings.ts';

const PUBLIC_DER = Buffer.from('302a300506032b6570032100', 'hex');
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Signed data begins with its kind, so that a signature of one kind cannot serve as another. */
export type Domain = 'entry' | 'root' | 'job' | 'answer';

export function signedBytes(domain: Domain, meaning: unknown): Uint8Array {
  return Buffer.from(`lockstep/1 ${domain}\n${canonicalJson(meaning)}`);
}

/** `signingKey` and `signature` are unpadded base64url; false for any other form. */
export function isSignedBy(signingKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = publicKey(signingKey);
  const proof = decodeBase64url(signature, SIGNATURE_BYTES);
  if (key === null || proof === null) return false;
  const name = createHash('sha256').update(signingKey).update(proof).update(bytes).digest('base64url');
  if (verified.has(name)) return true;
  if (!verify(null, bytes, key, proof)) return false;
  if (verified.size >= MOST_VERIFIED) verified.clear();
  verified.add(name);
  return true;
}

/**
 * Hashes of a key, a signature and bytes that verified, which holds forever. Verifying costs fifty times as much as the
 * hash, and a server reads the same entries for every request. Keys have a fixed length, and so do signatures.
 */
const verified = new Set<string>();
const MOST_VERIFIED = 50_000;

/** A cache: making a key object costs as much as verifying with it, and a vault has few keys for many entries. */
const publicKeys = new Map<string, KeyObject>();

function publicKey(signingKey: string): KeyObject | null {
  const known = publicKeys.get(signingKey);
  if (known !== undefined) return known;
  const raw = decodeBase64url(signingKey, KEY_BYTES);
  if (raw === null) return null;
  const key = createPublicKey({ key: Buffer.concat([PUBLIC_DER, raw]), format: 'der', type: 'spki' });
  publicKeys.set(signingKey, key);
  return key;
}

export function isSigningKey(text: string): boolean {
  return decodeBase64url(text, KEY_BYTES) !== null;
}

export function isSignature(text: string): boolean {
  return decodeBase64url(text, SIGNATURE_BYTES) !== null;
}

/** Lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function isSha256(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
