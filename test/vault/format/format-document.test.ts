import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, createPublicKey, hkdfSync, verify } from 'node:crypto';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { bindingArgs } from '../../../src/vault/age/binding.ts';
import { ENTRY_FORMAT, encodeEntry } from '../../../src/vault/format/entry-document.ts';
import { encodeRoot, ROOT_FORMAT } from '../../../src/vault/format/root-document.ts';
import { ENTRY_SIZE_LIMIT, ROOT_SIZE_LIMIT } from '../../../src/vault/vault-folder.ts';
import { temporaryFolder } from '../rig.ts';

const REPOSITORY = join(import.meta.dirname, '../../..');
const PAGE = readFileSync(join(REPOSITORY, 'docs/vault.md'), 'utf8');
const VAULT = join(REPOSITORY, 'test/vectors/vault-1');

/** The text within the page's first block of that language, without its last line feed. */
function block(language: string): string {
  const [, text] = new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'ms').exec(PAGE) ?? [];
  if (text === undefined) throw new Error(`docs/vault.md has no ${language} block`);
  return text;
}

/*
 * A second implementation of what the page says, on a YAML library and node:crypto. It imports nothing of src/: what is
 * imported above is only compared with.
 */

interface Link {
  readonly version: number;
  readonly digest: string;
  readonly admins: readonly string[];
  readonly by: string;
  readonly previous: string;
  readonly signature: string;
}

function read(path: string) {
  return parse(readFileSync(join(VAULT, 'vault', path), 'utf8'), { schema: 'core' });
}

/** RFC 8785 of what vaults hold: texts, whole numbers, `true`, lists and maps. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const sorted = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`;
}

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function isSigned(key: string, text: string, signature: string): boolean {
  const publicKey = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: key }, format: 'jwk' });
  return verify(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64url'));
}

function unarmored(text: string): Buffer {
  return Buffer.from(text.trim().split('\n').slice(1, -1).join(''), 'base64');
}

function signedEntry(vault: string, path: string): { text: string; by: string; signature: string } {
  const { signature, value, ...fields } = read(path);
  const hash = value === undefined ? {} : { value: sha256(unarmored(value)) };
  return { text: `lockstep/1 entry\n${canonical({ ...fields, vault, ...hash })}`, by: fields.by, signature };
}

function signedRoot(vault: string, { signature: _, ...link }: Link): string {
  return `lockstep/1 root\n${canonical({ vault, ...link })}`;
}

describe('docs/vault.md is enough for a second implementation', () => {
  const root = read('vault.yaml');
  const files = ['default/EMPTY', 'default/LINES', 'default/PLAIN', 'default/REMOVED', 'prod/TOKEN'];

  test('that verifies the chain of roots', () => {
    let previous = '';
    let signers: readonly string[] = root.roots[0].admins;
    for (const [at, link] of (root.roots as Link[]).entries()) {
      const text = signedRoot(root.vault, link);
      expect([link.version, link.previous]).toEqual([at + 1, previous]);
      expect(signers.some((key) => isSigned(key, text, link.signature))).toBe(true);
      [previous, signers] = [sha256(text), link.admins];
    }
    expect(root.roots.at(-1).digest).toBe(sha256(canonical({ groups: root.groups, members: root.members })));
    expect(PAGE).toContain(`hashes to \`${previous}\``);
  });

  test.each(files)('that verifies %s, and refuses it with another name in it', (path) => {
    const { text, by, signature } = signedEntry(root.vault, `${path}.yaml`);
    const key = root.members[by].signing;
    expect(isSigned(key, text, signature)).toBe(true);
    const name = path.split('/')[1] ?? '';
    expect(isSigned(key, text.replace(`"name":"${name}"`, '"name":"OTHER"'), signature)).toBe(false);
  });

  test('that derives the signing key', () => {
    const [, info = ''] = /`(lockstep\/1 ed25519[^`]*)`/.exec(PAGE) ?? [];
    const seed = Buffer.from(hkdfSync('sha256', identityBytes('alice'), Buffer.alloc(0), info, 32));
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const derived = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
    expect(derived.export({ format: 'jwk' }).x).toBe(root.members.alice.signing);
  });
});

/** The 32 bytes in an identity's bech32 text; its checksum is age's business. */
function identityBytes(member: string): Buffer {
  const text = readFileSync(join(VAULT, `${member}.identity`), 'utf8');
  const [, data = ''] = /^AGE-SECRET-KEY-1(\S+)\S{6}$/m.exec(text) ?? [];
  const bits = [...data].map((letter) =>
    'QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [],
  );
}

describe('the example in docs/vault.md', () => {
  test('is the test vault', () => {
    expect(`${block('entry')}\n`).toBe(readFileSync(join(VAULT, 'vault/prod/TOKEN.yaml'), 'utf8'));
    const root = read('vault.yaml');
    expect(block('signed-entry')).toBe(signedEntry(root.vault, 'prod/TOKEN.yaml').text);
    expect(block('signed-root')).toBe(signedRoot(root.vault, root.roots.at(-1)));
    const value: string = read('prod/TOKEN.yaml').value;
    expect(
      unarmored(value)
        .toString('latin1')
        .startsWith(`${block('header')}\n`),
    ).toBe(true);
  });

  test('opens with stock age by the commands on the page', () => {
    const folder = temporaryFolder();
    cpSync(VAULT, folder, { recursive: true });
    for (const member of ['alice', 'ci']) {
      const drill = block('console')
        .split('\n')
        .filter((line) => /^(?:\$ | {2}\|)/.test(line));
      const typed = drill.map((line) => line.replace(/^\$ /, '')).join('\n');
      const commands = typed.replace('identity.txt', `${member}.identity`).replace('alice:', `${member}:`);
      expect(execFileSync('bash', ['-eo', 'pipefail', '-c', commands], { cwd: folder }).toString()).toBe('second');
    }
  });

  test('has every field of a vault, in the order of the format', () => {
    const [, rootTable = '', entryTable = ''] = PAGE.split(/^## vault\/.*$/m);
    const named = (table: string) =>
      [...table.matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell = '']) => cell.match(/[a-zA-Z]+/g) ?? []);
    const words = { removed: false, name: 'X', group: 'g', by: 'b', version: 1, revision: 1, epoch: 1 } as const;
    const more = { description: 'd', allow: [], rotateEvery: '1d', expires: '2027-01-01', rotated: '2027-01-01' };
    const ciphertext = Buffer.from('x');
    const entry = encodeEntry({ ...words, ...more, exposed: ['x'], ciphertext, signature: 's' });
    expect(named(entryTable)).toEqual([...entry.matchAll(/^(\w+):/gm)].map(([, key]) => key));
    const tombstone = encodeEntry({
      removed: true,
      name: 'X',
      group: 'g',
      by: 'b',
      version: 1,
      revision: 1,
      signature: 's',
    });
    const [, listed = ''] = /with `([a-z ]+)` and `removed: true`/.exec(PAGE) ?? [];
    expect(listed.split(' ')).toEqual([...tombstone.matchAll(/^(\w+):/gm)].map(([, key]) => key));
    const key = { epoch: 1, sealed: 'x\n' };
    const root = encodeRoot({
      vault: 'v',
      members: new Map([['m', { recipient: 'r', signing: 's', admin: true }]]),
      groups: new Map([['g', { recipient: 'r', epoch: 1, readers: [], writers: [], pinned: true }]]),
      formerGroups: ['f'],
      roots: [{ version: 1, digest: 'd', admins: [], removed: [], by: 'b', previous: '', signature: 's' }],
      keys: new Map([['g', new Map([['m', key]])]]),
      retired: new Map([['g', key]]),
    });
    const keys = [...root.matchAll(/^(?: *- | *)"?(\w+)"?:/gm)].map(([, key]) => key);
    expect(named(rootTable)).toEqual(keys.filter((key) => key !== 'm' && key !== 'g'));
  });

  test('has the formats, the bindings and the limits that the code has', () => {
    for (const text of [ROOT_FORMAT, ENTRY_FORMAT]) expect(PAGE).toContain(`\`${text}\``);
    expect([ROOT_SIZE_LIMIT, ENTRY_SIZE_LIMIT]).toEqual(
      [...PAGE.matchAll(/at most (\d) MiB$/gm)].map(([, mebibytes]) => Number(mebibytes) * 1024 * 1024),
    );
    const place = { vault: 'VAULT', group: 'GROUP', epoch: 'EPOCH' as never, root: '[ROOT]' };
    const bindings = [
      bindingArgs({ of: 'entry', ...place, name: 'NAME', version: 'VERSION' as never }),
      bindingArgs({ of: 'key', ...place, member: 'MEMBER' }),
      bindingArgs({ of: 'retired', ...place }),
    ];
    expect(block('bindings').split('\n')).toEqual(bindings.map((args) => args.join(' ')));
  });

  test('links only to headings that exist', () => {
    const anchors = [...PAGE.matchAll(/^## (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const [, anchor] of PAGE.matchAll(/\]\(#([^)]+)\)/g)) expect(anchors).toContain(anchor);
  });
});
