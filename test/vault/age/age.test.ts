import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { armor, Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openWithPassphrase, seal } from '../../../src/vault/age/age.ts';
import { type AgeFailure, AgeFault, parseAgeFile, sealedSize } from '../../../src/vault/age/age-file.ts';
import { AgeKey, isX25519Recipient } from '../../../src/vault/age/age-x25519.ts';
import { decodeBech32, encodeBech32 } from '../../../src/vault/age/bech32.ts';
import { type Binding, bindingArgs, parseBound } from '../../../src/vault/age/binding.ts';
import { decodeArmor, encodeArmor } from '../../../src/vault/age/encodings.ts';
import { temporaryFolder } from '../rig.ts';

const SIZES = [0, 1, 65_535, 65_536, 65_537, 131_072, 200_000];
const binding: Binding = { of: 'entry', vault: 'TestTestTestTest', group: 'dev', name: 'TOKEN', version: 3, epoch: 1 };

function ageFailure(work: () => unknown): AgeFailure | 'none' {
  try {
    work();
    return 'none';
  } catch (error) {
    if (error instanceof AgeFault) return error.failure;
    throw error;
  }
}

function bytesOf(size: number, seed = 7): Uint8Array {
  return Uint8Array.from({ length: size }, (_, at) => (at * 31 + seed * 17 + (at >> 8)) & 0xff);
}

async function encryptTo(recipients: readonly string[], value: Uint8Array): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(value);
}

describe('our X25519 keys and those of age-encryption', () => {
  test('have the same recipients', async () => {
    for (let round = 0; round < 20; round += 1) {
      const theirs = await generateX25519Identity();
      expect(AgeKey.fromText(theirs)?.recipient).toBe(await identityToRecipient(theirs));
      const ours = AgeKey.generate();
      expect(await identityToRecipient(ours.secretText())).toBe(ours.recipient);
      expect(isX25519Recipient(ours.recipient)).toBe(true);
    }
  });

  test.each(SIZES)('open %i bytes with the same result', async (size) => {
    const key = AgeKey.generate();
    const file = await encryptTo([key.recipient], bytesOf(size));
    expect(Buffer.compare(key.open(parseAgeFile(file)), bytesOf(size))).toBe(0);
    expect(sealedSize(parseAgeFile(file))).toBe(size);
  });

  test('open a file for several recipients with the same result', async () => {
    const [one, two, three] = [AgeKey.generate(), AgeKey.generate(), AgeKey.generate()];
    const file = parseAgeFile(await encryptTo([one.recipient, two.recipient], bytesOf(100)));
    for (const key of [one, two]) expect(Buffer.from(key.open(file))).toEqual(Buffer.from(bytesOf(100)));
    expect(ageFailure(() => three.open(file))).toBe('no-match');
  });

  test('agree for every value (property)', async () => {
    const key = AgeKey.generate();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), async (value) => {
        const file = await seal(value, key.recipient, binding);
        const theirs = new Decrypter();
        theirs.addIdentity(key.secretText());
        expect(Buffer.compare(await theirs.decrypt(file), value)).toBe(0);
        const parsed = parseBound(file, binding);
        expect(parsed === null ? null : Buffer.compare(key.open(parsed.file), value)).toBe(0);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test('agree on which changed files are refused (property)', async () => {
    const key = AgeKey.generate();
    const file = await seal(bytesOf(300), key.recipient, binding);
    const change = fc.record({ at: fc.nat(file.length - 1), to: fc.nat(255), cut: fc.boolean(), extra: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(change, async ({ at, to, cut, extra }) => {
        const changed = Uint8Array.from([...(cut ? file.subarray(0, at) : file), ...(extra ? [to] : [])]);
        if (!cut && !extra) changed[at] = to;
        const theirs = new Decrypter();
        theirs.addIdentity(key.secretText());
        const opened = await theirs.decrypt(changed).then(
          (value) => Buffer.from(value).toString('hex'),
          () => 'refused',
        );
        const failed = ageFailure(() => key.open(parseAgeFile(changed)));
        expect(failed === 'none' ? Buffer.from(key.open(parseAgeFile(changed))).toString('hex') : 'refused').toBe(
          opened,
        );
      }),
      { numRuns: 400, seed: 2 },
    );
  });
});

describe('an age file that was changed', () => {
  test('in its header under the MAC, in its payload, or in its chunks: is refused by name', async () => {
    const key = AgeKey.generate();
    const file = await seal(bytesOf(200_000), key.recipient, binding);
    const text = Buffer.from(file).toString('latin1');
    const [payloadAt, chunk] = [text.indexOf('\n--- ') + 49 + 16, 65_552];
    expect(ageFailure(() => key.open(parseAgeFile(Buffer.from(text.replace('TOKEN', 'OTHER'), 'latin1'))))).toBe(
      'tampered',
    );
    const flipped = Uint8Array.from(file);
    flipped[file.length - 1] = (flipped[file.length - 1] ?? 0) ^ 1;
    expect(ageFailure(() => key.open(parseAgeFile(flipped)))).toBe('tampered');
    const head = file.subarray(0, payloadAt);
    const chunks = [0, 1, 2, 3].map((index) =>
      file.subarray(payloadAt + index * chunk, payloadAt + (index + 1) * chunk),
    );
    const [a = head, b = head, c = head, d = head] = chunks;
    expect(Buffer.from(key.open(parseAgeFile(Buffer.concat([head, a, b, c, d])))).length).toBe(200_000);
    for (const order of [[a, b, c], [b, a, c, d], [a, b, c, d, d], [a, c, d], [a, b, c, c, d], [d]]) {
      expect(ageFailure(() => key.open(parseAgeFile(Buffer.concat([head, ...order]))))).toBe('tampered');
    }
  });

  test.each([
    ['nothing', ''],
    ['another version', 'age-encryption.org/v2\n'],
    ['no stanza', `age-encryption.org/v1\n--- ${'A'.repeat(43)}\n${'n'.repeat(16)}payload`],
    ['a cut header', 'age-encryption.org/v1\n-> X25519 abc'],
    ['an empty argument', `age-encryption.org/v1\n-> X25519  a\n\n--- ${'A'.repeat(43)}\n`],
    ['padded base64', `age-encryption.org/v1\n-> X25519 a\nAA==\n--- ${'A'.repeat(43)}\n`],
    ['base64 with left-over bits', `age-encryption.org/v1\n-> X25519 a\nAB\n--- ${'A'.repeat(43)}\n`],
    ['a long line', `age-encryption.org/v1\n-> X25519 a\n${'A'.repeat(68)}\n\n--- ${'A'.repeat(43)}\n`],
    ['a short MAC', `age-encryption.org/v1\n-> X25519 a\n\n--- ${'A'.repeat(42)}\n${'n'.repeat(16)}payload`],
    ['a cut nonce', `age-encryption.org/v1\n-> X25519 a\n\n--- ${'A'.repeat(43)}\nnnn`],
  ])('with %s: is malformed', (_, text) => {
    expect(ageFailure(() => parseAgeFile(Buffer.from(text, 'latin1')))).toBe('malformed');
  });

  test('without a share is malformed', async () => {
    const key = AgeKey.generate();
    const binding = { of: 'key', vault: 'v', group: 'g', epoch: 1, member: 'm' } as const;
    const text = Buffer.from(await seal(Buffer.from('value'), key.recipient, binding)).toString('latin1');
    const bare = Buffer.from(text.replace(/^-> X25519 .*$/m, '-> X25519'), 'latin1');
    expect(() => key.open(parseAgeFile(bare))).toThrow(expect.objectContaining({ failure: 'malformed' }));
  });

  test('with a share of small order: is malformed', () => {
    const stanza = (share: Buffer): string =>
      `-> X25519 ${share.toString('base64').replace('=', '')}\n${'A'.repeat(43)}\n`;
    for (const share of [Buffer.alloc(32), Buffer.from([1, ...Buffer.alloc(31)])]) {
      const file = `age-encryption.org/v1\n${stanza(share)}--- ${'A'.repeat(43)}\n${'n'.repeat(16)}${'p'.repeat(20)}`;
      expect(ageFailure(() => AgeKey.generate().open(parseAgeFile(Buffer.from(file, 'latin1'))))).toBe('malformed');
    }
  });
});

describe('the binding', () => {
  const other: readonly Binding[] = [
    { ...binding, vault: 'OtherOtherOther1' },
    { ...binding, group: 'prod' },
    { ...binding, name: 'OTHER' },
    { ...binding, version: 4 },
    { ...binding, epoch: 2 },
    { of: 'key', vault: binding.vault, group: 'dev', epoch: 3, member: 'alice' },
  ];

  test('opens at exactly its own place', async () => {
    const file = await seal(bytesOf(5), AgeKey.generate().recipient, binding);
    expect(parseBound(file, binding)).not.toBeNull();
    for (const place of other) expect(parseBound(file, place)).toBeNull();
    const key: Binding = { of: 'key', vault: binding.vault, group: 'dev', epoch: 3, member: 'alice' };
    expect(bindingArgs(key).join(' ')).toBe('lockstep/1 key TestTestTestTest dev 3 alice');
    expect(bindingArgs(binding).join(' ')).toBe('lockstep/1 entry TestTestTestTest dev TOKEN 3 1');
  });

  test('may name the root under which the ciphertext was made', async () => {
    const root = 'a'.repeat(64);
    const { recipient } = AgeKey.generate();
    expect(parseBound(await seal(bytesOf(5), recipient, { ...binding, root }), binding)?.root).toBe(root);
    expect(parseBound(await seal(bytesOf(5), recipient, binding), binding)?.root).toBeUndefined();
    for (const other of ['no-hash', `${root} ${root}`])
      expect(parseBound(await seal(bytesOf(5), recipient, { ...binding, root: other }), binding)).toBeNull();
  });

  test('has to be present, once, beside one recipient', async () => {
    const [one, two] = [AgeKey.generate().recipient, AgeKey.generate().recipient];
    const plain = await encryptTo([one], bytesOf(5));
    const double = await encryptTo([one, two], bytesOf(5));
    expect(ageFailure(() => parseBound(plain, binding))).toBe('malformed');
    expect(ageFailure(() => parseBound(double, binding))).toBe('malformed');
    const text = Buffer.from(await seal(bytesOf(5), one, binding)).toString('latin1');
    const [stanza = ''] = /-> lockstep.*\n\n/.exec(text) ?? [];
    for (const put of [stanza + stanza, '', `${stanza}-> other\n\n`, stanza.replace('\n\n', '\nAAAA\n')]) {
      expect(ageFailure(() => parseBound(Buffer.from(text.replace(stanza, put), 'latin1'), binding))).toBe('malformed');
    }
  });
});

describe('armor and bech32', () => {
  test('armor is like that of age-encryption, in one form only', () => {
    for (const size of [0, 1, 2, 3, 47, 48, 49, 96, 1000]) {
      const text = encodeArmor(bytesOf(size));
      if (size > 0) expect(text).toBe(armor.encode(bytesOf(size)));
      expect(Buffer.from(decodeArmor(text) ?? 'null').equals(bytesOf(size))).toBe(true);
    }
    const text = encodeArmor(bytesOf(100));
    const spellings = [
      ` ${text}`,
      `\n${text}`,
      `${text}\n`,
      text.replaceAll('\n', '\r\n'),
      text.trimEnd(),
      text.replace('\n', '\n\n'),
      text.replace(/=+\n/, '\n'),
    ];
    for (const spelling of spellings) expect(decodeArmor(spelling)).toBeNull();
  });

  test('bech32 refuses mixed case, a wrong checksum, another prefix and left-over bits', () => {
    const text = AgeKey.generate().recipient;
    expect(decodeBech32('age', text)?.length).toBe(32);
    expect(decodeBech32('age', text.toUpperCase())?.length).toBe(32);
    expect(isX25519Recipient(text.toUpperCase())).toBe(false);
    const wrong = [
      text.replace('age1', 'AGE1'),
      `${text.slice(0, -1)}${text.endsWith('q') ? 'p' : 'q'}`,
      text.replace('age1', 'aga1'),
      'age1',
      'age1b',
      '',
    ];
    for (const spelling of wrong) expect(decodeBech32('age', spelling)).toBeNull();
    expect(decodeBech32('age-secret-key-', text)).toBeNull();
    expect(isX25519Recipient(encodeBech32('age', bytesOf(31)))).toBe(false);
  });

  test('bech32 refuses bits beyond the last byte, whole words or not zero', () => {
    expect(decodeBech32('a', 'a12uel5l')).toEqual(new Uint8Array(0));
    // BIP 173's own: the checksum is right, the padding is not.
    expect(decodeBech32('tb', 'tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv')).toBeNull();
  });

  test('bech32 decodes what it encodes (property)', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      expect(Buffer.from(decodeBech32('age', encodeBech32('age', bytes)) ?? 'null')).toEqual(Buffer.from(bytes));
    });
    fc.assert(property, { seed: 3 });
  });
});

describe("Debian's age", () => {
  test.each([0, 5, 200_000])('opens what we seal, despite the binding (%i bytes)', async (size) => {
    const [folder, key] = [temporaryFolder(), AgeKey.generate()];
    writeFileSync(join(folder, 'identity'), `${key.secretText()}\n`);
    const file = await seal(bytesOf(size), key.recipient, binding);
    const options = { maxBuffer: 1 << 20, input: encodeArmor(file) };
    expect(execFileSync('age', ['-d', '-i', join(folder, 'identity')], options).equals(bytesOf(size))).toBe(true);
  });

  test('seals what we open, and its keys work for us', () => {
    const folder = temporaryFolder();
    execFileSync('age-keygen', ['-o', join(folder, 'identity')], { stdio: 'ignore' });
    const text = execFileSync('age-keygen', [], { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
    const key = AgeKey.fromText(/^AGE-SECRET-KEY-1.*$/m.exec(text)?.[0] ?? '');
    expect(text).toContain(`# public key: ${key?.recipient}`);
    const file = execFileSync('age', ['-r', key?.recipient ?? ''], { input: bytesOf(70_000), maxBuffer: 1 << 20 });
    expect(Buffer.from(key?.open(parseAgeFile(file)) ?? []).equals(bytesOf(70_000))).toBe(true);
  });
});

test('the right passphrase opens a file; a wrong one and a damaged file have different errors', async () => {
  const encrypter = new Encrypter();
  encrypter.setPassphrase('right');
  encrypter.setScryptWorkFactor(10);
  const file = await encrypter.encrypt('inside');
  expect(Buffer.from((await openWithPassphrase(file, 'right')) ?? []).toString()).toBe('inside');
  expect(await openWithPassphrase(file, 'wrong')).toBeNull();
  await expect(openWithPassphrase(file.subarray(0, 60), 'right')).rejects.toThrow();
});

test('a key stays hidden, however it is printed', async () => {
  const { inspect } = await import('node:util');
  const key = AgeKey.generate();
  const looks = [
    String(key),
    JSON.stringify({ key }),
    inspect(key, { showHidden: true, depth: 9 }),
    inspect({ a: [key] }),
    `${Object.entries(key)}`,
  ];
  for (const look of looks) expect(look).not.toContain('SECRET');
});
