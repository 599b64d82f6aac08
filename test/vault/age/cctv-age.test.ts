import { createHash } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import * as vectors from 'cctv-age';
import { describe, expect, test } from 'vitest';
import { openWithPassphrase } from '../../../src/vault/age/age.ts';
import { AgeFault, parseAgeFile } from '../../../src/vault/age/age-file.ts';
import { AgeKey } from '../../../src/vault/age/age-x25519.ts';
import { decodeArmor } from '../../../src/vault/age/encodings.ts';

/**
 * The C2SP/CCTV vectors of age, each through the path by which we open such a file, with the class of its failure: X25519
 * on our own code, passphrases on age-encryption. Post-quantum identities are refused before any file is looked at.
 */

/** Age takes any line ends and white space around armor; our files have one form (canonical.ts). */
const OTHER_ARMOR = new Set(['armor_crlf', 'armor_no_eol', 'armor_whitespace_outside']);

type Outcome = 'success' | 'no match' | 'HMAC failure' | 'header failure' | 'payload failure' | 'armor failure';

interface Vector {
  readonly expect: Outcome;
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly armored: boolean;
  readonly payload: string | undefined;
  readonly file: Uint8Array;
}

function readVector(bytes: Uint8Array): Vector {
  const end = Buffer.from(bytes).indexOf('\n\n');
  const fields = Buffer.from(bytes.subarray(0, end))
    .toString()
    .split('\n')
    .map((line) => line.split(/: (.*)/s, 2));
  const all = (name: string) => fields.flatMap(([key, value = '']) => (key === name ? [value] : []));
  const body = bytes.subarray(end + 2);
  return {
    expect: all('expect')[0] as Outcome,
    identities: all('identity'),
    passphrases: all('passphrase'),
    armored: all('armored')[0] === 'yes',
    payload: all('payload')[0],
    file: all('compressed')[0] === 'zlib' ? inflateSync(body) : body,
  };
}

async function open({
  armored,
  file,
  identities,
  passphrases,
}: Vector): Promise<{ outcome: string; value?: Uint8Array }> {
  const [identity = ''] = identities;
  if (identity.startsWith('AGE-SECRET-KEY-PQ-'))
    return { outcome: AgeKey.fromText(identity) === null ? 'refused identity' : 'taken' };
  const binary = armored ? decodeArmor(Buffer.from(file).toString('latin1')) : file;
  if (binary === null) return { outcome: 'armor failure' };
  const [passphrase] = passphrases;
  return passphrase === undefined
    ? openForKey(binary, AgeKey.fromText(identity) ?? AgeKey.generate())
    : openForPassphrase(binary, passphrase);
}

function openForKey(file: Uint8Array, key: AgeKey): { outcome: string; value?: Uint8Array } {
  try {
    return { outcome: 'success', value: key.open(parseAgeFile(file)) };
  } catch (error) {
    if (error instanceof AgeFault) return { outcome: error.failure };
    throw error;
  }
}

/** identity-file.ts catches what age-encryption throws, of whatever class. */
async function openForPassphrase(
  file: Uint8Array,
  passphrase: string,
): Promise<{ outcome: string; value?: Uint8Array }> {
  try {
    const value = await openWithPassphrase(file, passphrase);
    return value === null ? { outcome: 'no-match' } : { outcome: 'success', value };
  } catch {
    return { outcome: 'malformed' };
  }
}

const CLASSES: Record<Outcome, readonly string[]> = {
  success: ['success'],
  'no match': ['no-match'],
  'HMAC failure': ['tampered'],
  'header failure': ['malformed'],
  'payload failure': ['tampered', 'malformed'],
  'armor failure': ['armor failure'],
};

function expected(name: string, vector: Vector): readonly string[] {
  if (vector.identities[0]?.startsWith('AGE-SECRET-KEY-PQ-')) return ['refused identity'];
  return OTHER_ARMOR.has(name) ? ['armor failure'] : CLASSES[vector.expect];
}

describe('age vectors', () => {
  test('are all here', () => expect(Object.keys(vectors)).toHaveLength(143));

  for (const [name, bytes] of Object.entries(vectors)) {
    const vector = readVector(bytes);
    test(`${name}: ${vector.expect}`, async () => {
      const { outcome, value } = await open(vector);
      expect(expected(name, vector)).toContain(outcome);
      if (value !== undefined) expect(createHash('sha256').update(value).digest('hex')).toBe(vector.payload);
    });
  }
});
