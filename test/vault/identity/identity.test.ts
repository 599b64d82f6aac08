import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Encrypter, generateHybridIdentity } from 'age-encryption';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeBech32 } from '../../../src/vault/age/bech32.ts';
import { encodeArmor } from '../../../src/vault/age/encodings.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import {
  createIdentityFile,
  type IdentitySources,
  type LoadedIdentity,
  loadIdentity,
} from '../../../src/vault/identity/identity-file.ts';
import { failure, temporaryFolder } from '../rig.ts';

function keyLine(identity: Identity): string {
  return /^AGE-SECRET-KEY-1.*$/m.exec(identity.fileText(new Date(0)))?.[0] ?? '';
}

async function load(sources: Partial<IdentitySources>): Promise<LoadedIdentity> {
  return loadIdentity({ defaultFile: '/nonexistent/identity', ...sources });
}

function fileWith(text: string | Uint8Array, mode = 0o600): string {
  const path = join(temporaryFolder(), 'identity');
  writeFileSync(path, text, { mode });
  return path;
}

describe('an identity', () => {
  test('signs with the key that is derived from it, as the format says', () => {
    const identity = Identity.generate();
    const secret = decodeBech32('age-secret-key-', keyLine(identity)) ?? new Uint8Array(0);
    const seed = Buffer.from(hkdfSync('sha256', secret, new Uint8Array(0), 'lockstep/1 ed25519 signing key', 32));
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    expect(key.export({ format: 'jwk' }).x).toBe(identity.signingKey);
    expect(verify(null, Buffer.from('text'), key, Buffer.from(identity.sign(Buffer.from('text')), 'base64url'))).toBe(
      true,
    );
  });

  test('stays hidden, however it is printed', () => {
    const identity = Identity.generate();
    const [line, looks] = [
      keyLine(identity),
      [String(identity), JSON.stringify([identity]), inspect({ identity }, { showHidden: true, depth: 9 })],
    ];
    for (const look of looks) {
      expect(look).toContain(identity.recipient);
      expect(look).not.toContain(line);
      expect(look).not.toContain('SECRET');
    }
  });

  test('is read from a text with one key only', () => {
    const line = keyLine(Identity.generate());
    expect(Identity.fromText(line)?.recipient).toMatch(/^age1/);
    for (const text of [
      line.toLowerCase(),
      `${line} `,
      line.slice(0, -1),
      line.replace('1', '2'),
      '',
      'AGE-SECRET-KEY-1',
    ]) {
      expect(Identity.fromText(text)).toBeNull();
    }
  });
});

describe('an identity is looked for', () => {
  const [one, two, three, four] = [Identity.generate(), Identity.generate(), Identity.generate(), Identity.generate()];
  let all: Required<Omit<IdentitySources, 'askPassphrase'>>;
  beforeAll(() => {
    all = {
      file: fileWith(one.fileText(new Date())),
      key: keyLine(two),
      keyFile: fileWith(three.fileText(new Date())),
      defaultFile: fileWith(four.fileText(new Date())),
    };
  });

  test('in --identity, LOCKSTEP_IDENTITY, LOCKSTEP_IDENTITY_FILE and the default file, in this order', async () => {
    const { file: _, ...withoutFile } = all;
    const { key: __, ...withoutKey } = withoutFile;
    const found = [
      await loadIdentity(all),
      await loadIdentity(withoutFile),
      await loadIdentity(withoutKey),
      await load({ defaultFile: all.defaultFile }),
    ];
    expect(found.map(({ identity }) => identity.recipient)).toEqual(
      [one, two, three, four].map(({ recipient }) => recipient),
    );
    expect(found.map(({ source }) => source)).toEqual([all.file, 'LOCKSTEP_IDENTITY', all.keyFile, all.defaultFile]);
    expect(found.flatMap(({ warnings }) => warnings)).toEqual([]);
  });

  test('and no other replaces a named one that is absent', async () => {
    expect((await failure(loadIdentity({ ...all, file: '/nonexistent/named' }))).code).toBe('identity/missing');
    const error = await failure(load({}));
    expect(error.message).toBe('there is no identity at /nonexistent/identity');
    for (const hint of ['lockstep identity new', '--identity', 'LOCKSTEP_IDENTITY'])
      expect(error.hints.join()).toContain(hint);
  });

  test('and empty variables count as not given', async () => {
    const found = await load({ key: ' \n', keyFile: '', defaultFile: all.defaultFile });
    expect(found.source).toBe(all.defaultFile);
  });
});

describe('an identity file', () => {
  test('of age-keygen is read', async () => {
    const path = join(temporaryFolder(), 'identity');
    execFileSync('age-keygen', ['-o', path], { stdio: 'ignore' });
    const recipient = execFileSync('age-keygen', ['-y', path]).toString().trim();
    expect((await load({ file: path })).identity.recipient).toBe(recipient);
  });

  test('that others can read gives a warning', async () => {
    const path = fileWith(Identity.generate().fileText(new Date()));
    chmodSync(path, 0o640);
    expect((await load({ file: path })).warnings).toEqual([
      `${path} can be read by other users of this machine: chmod 600 '${path}'`,
    ]);
  });

  const valid = keyLine(Identity.generate());
  test.each([
    ['nothing', '', 'holds no key'],
    ['comments only', '# one\n\n# two\n', 'holds no key'],
    ['two keys', `${valid}\n${keyLine(Identity.generate())}\n`, 'more than one line'],
    ['garbage', 'hunter2', 'no valid AGE-SECRET-KEY-1'],
    ['a damaged key', `${valid.slice(0, -1)}${valid.endsWith('Q') ? 'P' : 'Q'}`, 'no valid AGE-SECRET-KEY-1'],
    ['a key in lower case', valid.toLowerCase(), 'no valid AGE-SECRET-KEY-1'],
    ['a recipient', Identity.generate().recipient, 'holds a recipient'],
    [
      'an SSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n-----END OPENSSH PRIVATE KEY-----\n',
      'is an SSH or PEM key',
    ],
    ["a plugin's identity", 'AGE-PLUGIN-YUBIKEY-1QQQQ', 'an age plugin'],
    ['binary garbage', Buffer.from([0, 255, 254, 10, 13]), 'no valid AGE-SECRET-KEY-1'],
    ['a cut age file', 'age-encryption.org/v1\n-> scrypt', 'not one wrapped in a passphrase'],
    [
      'damaged armor',
      '-----BEGIN AGE ENCRYPTED FILE-----\nxxx\n-----END AGE ENCRYPTED FILE-----\n',
      'is a damaged age file',
    ],
    ['far too much', '#'.repeat(70_000), 'far too large'],
  ])('that holds %s is refused', async (_, text, message) => {
    const error = await failure(load({ file: fileWith(text) }));
    expect(error.code).toBe('identity/invalid');
    expect(error.message).toContain(message);
    expect(error.message).not.toContain('hunter2');
    expect(error.message).not.toContain(valid.slice(20, 50));
  });

  test('with a post-quantum key is refused for now', async () => {
    const error = await failure(load({ file: fileWith(`${await generateHybridIdentity()}\n`) }));
    expect(error.message).toContain('post-quantum');
    expect(error.message).not.toContain('SECRET');
  });

  test('that is a folder is refused', async () => {
    expect((await failure(load({ file: temporaryFolder() }))).code).toBe('file/unreadable');
  });
});

describe('an identity file with a passphrase', () => {
  const identity = Identity.generate();
  let wrapped: Uint8Array;
  beforeAll(async () => {
    const encrypter = new Encrypter();
    encrypter.setPassphrase('correct horse');
    encrypter.setScryptWorkFactor(12);
    wrapped = await encrypter.encrypt(identity.fileText(new Date()));
  });

  test.each(['binary', 'armored', 'armored, with Windows line ends'])('(%s) opens with it', async (form) => {
    const text = encodeArmor(wrapped);
    const path = fileWith(form === 'binary' ? wrapped : form === 'armored' ? text : text.replaceAll('\n', '\r\n'));
    const asked: string[] = [];
    const askPassphrase = async (file: string): Promise<string> => {
      asked.push(file);
      return 'correct horse';
    };
    expect((await load({ file: path, askPassphrase })).identity.recipient).toBe(identity.recipient);
    expect(asked).toEqual([path]);
  });

  test('reports that the passphrase is wrong, or that no terminal can ask for it', async () => {
    const path = fileWith(wrapped);
    const wrong = await failure(load({ file: path, askPassphrase: async () => 'hunter2' }));
    expect([wrong.code, wrong.message]).toEqual(['identity/locked', `the passphrase does not open ${path}`]);
    const nobody = await failure(load({ file: path }));
    expect(nobody.code).toBe('identity/locked');
    expect(nobody.hints.join()).toContain('LOCKSTEP_IDENTITY');
  });

  test('is refused when it is damaged or holds something else', async () => {
    const damaged = Uint8Array.from(wrapped);
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    expect(
      (await failure(load({ file: fileWith(damaged), askPassphrase: async () => 'correct horse' }))).message,
    ).toContain('is a damaged age file');
    const toOther = new Encrypter();
    toOther.addRecipient(identity.recipient);
    const sealed = await toOther.encrypt('x');
    expect((await failure(load({ file: fileWith(sealed), askPassphrase: async () => '' }))).message).toContain(
      'not one wrapped in a passphrase',
    );
  });

  test("made by Debian's `age -p` opens", { timeout: 60_000 }, async () => {
    const [plain, path] = [fileWith(identity.fileText(new Date())), join(temporaryFolder(), 'wrapped')];
    // age reads a passphrase from a terminal only: `script` gives it one, and an empty answer makes age invent one and print it.
    const { stdout } = spawnSync('script', ['-qec', `age -p -a -o '${path}' '${plain}'`, '/dev/null'], {
      input: '\n',
      encoding: 'utf8',
    });
    const passphrase = /using autogenerated passphrase "([a-z-]+)"/.exec(stdout)?.[1] ?? '';
    expect(passphrase).not.toBe('');
    expect((await load({ file: path, askPassphrase: async () => passphrase })).identity.recipient).toBe(
      identity.recipient,
    );
  });
});

describe('a new identity file', () => {
  test("is in age-keygen's form, for its owner alone", async () => {
    const path = join(temporaryFolder(), 'config', 'lockstep', 'identity');
    const identity = await createIdentityFile(path, { created: new Date('2026-11-22T10:00:00.123Z') });
    expect(readFileSync(path, 'utf8')).toMatch(
      /^# created: 2026-11-22T10:00:00Z\n# public key: age1[a-z0-9]{58}\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/,
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(execFileSync('age-keygen', ['-y', path]).toString().trim()).toBe(identity.recipient);
    expect((await load({ defaultFile: path })).identity.signingKey).toBe(identity.signingKey);
  });

  test('is encrypted with a passphrase where one is given', async () => {
    const path = join(temporaryFolder(), 'identity');
    const identity = await createIdentityFile(path, { passphrase: 'correct horse' });
    expect(readFileSync(path, 'utf8')).toMatch(/^-----BEGIN AGE ENCRYPTED FILE-----\n/);
    expect((await load({ file: path, askPassphrase: async () => 'correct horse' })).identity.recipient).toBe(
      identity.recipient,
    );
  }, 120_000);

  test('never overwrites anything', async () => {
    const path = fileWith('precious');
    expect((await failure(createIdentityFile(path))).code).toBe('identity/invalid');
    expect(readFileSync(path, 'utf8')).toBe('precious');
    const folder = join(temporaryFolder(), 'identity');
    mkdirSync(folder);
    expect((await failure(createIdentityFile(folder))).code).toBe('identity/invalid');
  });
});
