import { type AgeFile, malformed, parseAgeFile } from './age-file.ts';
import { isSha256 } from './signature.ts';

/**
 * The place that a ciphertext is for. The header holds it under the MAC, so the ciphertext opens nowhere else (BIND).
 */
export type BoundTo =
  | {
      readonly of: 'entry';
      readonly vault: string;
      readonly group: string;
      readonly name: string;
      readonly version: number;
      readonly epoch: number;
    }
  | {
      readonly of: 'key';
      readonly vault: string;
      readonly group: string;
      readonly epoch: number;
      readonly member: string;
    }
  /** The key of an epoch that has ended, sealed to the key after it. */
  | { readonly of: 'retired'; readonly vault: string; readonly group: string; readonly epoch: number };

/**
 * A place, and the hash of the root under which the ciphertext was made: it opens only in a chain that has this root.
 * So a fork that a removed admin makes from an older root opens nothing made after their removal. Ciphertexts of
 * Lockstep 0.1 have no root and open in every chain.
 */
export type Binding = BoundTo & { readonly root?: string };

/** The arguments of the extra stanza, which every age implementation skips. */
export function bindingArgs(binding: Binding): readonly string[] {
  const { of, vault, group, root } = binding;
  const place = ['lockstep/1', of, vault, group, ...placeWithin(binding).map(String)];
  return root === undefined ? place : [...place, root];
}

function placeWithin(place: BoundTo): readonly (string | number)[] {
  switch (place.of) {
    case 'entry':
      return [place.name, place.version, place.epoch];
    case 'key':
      return [place.epoch, place.member];
    case 'retired':
      return [place.epoch];
  }
}

export interface BoundFile {
  readonly file: AgeFile;
  /** Absent in ciphertexts of Lockstep 0.1. */
  readonly root?: string;
}

/**
 * Null when the file has our two stanzas but is bound to another place. Throws `AgeFault` 'malformed' for other
 * stanzas.
 */
export function parseBound(bytes: Uint8Array, place: BoundTo): BoundFile | null {
  const file = parseAgeFile(bytes);
  const [key, bound, ...others] = file.stanzas;
  const isOurs = key?.args[0] === 'X25519' && bound?.args[0] === 'lockstep/1' && bound.body.length === 0;
  if (!isOurs || others.length > 0) throw malformed('not sealed to one X25519 recipient with one Lockstep binding');
  const [wanted, found] = [bindingArgs(place), bound.args];
  const root = found[wanted.length];
  if (wanted.some((arg, at) => arg !== found[at]) || found.length > wanted.length + 1) return null;
  if (root === undefined) return { file };
  return isSha256(root) ? { file, root } : null;
}
