import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { createIdentityFile, loadIdentity } from '../../../src/vault/identity/identity-file.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { setSecret } from '../../rig/vault-changes.ts';
import { opened, RootBuilder, reveal, temporaryFolder, temporaryPlace, writeRoot } from '../rig.ts';

/** Opens one value with a text editor's knowledge of YAML and two calls of stock `age`, without a line of Lockstep. */
function recover(place: VaultStore, identityFile: string, member: string, group: string, name: string): Buffer {
  const root = parse(readFileSync(join(place.root, 'vault/vault.yaml'), 'utf8'));
  const entry = parse(readFileSync(join(place.root, `vault/${group}/${name}.yaml`), 'utf8'));
  const groupFile = join(temporaryFolder(), 'group-identity');
  const groupIdentity = execFileSync('age', ['-d', '-i', identityFile], { input: root.keys[group][member].sealed });
  writeFileSync(groupFile, groupIdentity, { mode: 0o600 });
  return execFileSync('age', ['-d', '-i', groupFile], { input: entry.value, maxBuffer: 4 << 20 });
}

describe('recovery with stock age alone', () => {
  test.each([
    ['text', Buffer.from('hunter2')],
    ['nothing', Buffer.alloc(0)],
    ['bytes that are no text', Buffer.from([0, 255, 10, 13, 0, 128, 10])],
    ['several chunks', Buffer.alloc(200_000, 'chunk ')],
  ])('gives back exactly the bytes of a value (%s)', async (_, value) => {
    const place = temporaryPlace();
    const identityFile = join(temporaryFolder(), 'identity');
    const identity = await createIdentityFile(identityFile);
    await initVault(place, identity, { member: 'alice', group: 'default' });
    await setSecret(place, identity, { group: 'default', name: 'TOKEN', value, allowWhenCreated: [] });
    expect(recover(place, identityFile, 'alice', 'default', 'TOKEN').equals(value)).toBe(true);
  });

  test('works for every reader', async () => {
    const place = temporaryPlace();
    const file = join(temporaryFolder(), 'identity');
    const [alice, ci] = [Identity.generate(), await createIdentityFile(file)];
    const cast = { alice: { identity: alice, admin: true }, ci: { identity: ci, readsOnly: true } };
    writeRoot(
      place,
      await new RootBuilder().next(
        null,
        cast,
        { prod: { readers: ['alice', 'ci'], writers: ['alice'] } },
        'alice',
        alice,
      ),
    );
    await (await opened(place)).acceptTrust();
    await setSecret(place, alice, { group: 'prod', name: 'TOKEN', value: Buffer.from('prod'), allowWhenCreated: [] });
    expect(recover(place, file, 'ci', 'prod', 'TOKEN').toString()).toBe('prod');
  });
});

/** Vaults that older versions wrote. Their identities are public and guard nothing. */
const GOLDEN = join(import.meta.dirname, '../../vectors');

describe.each(readdirSync(GOLDEN).filter((name) => name.startsWith('vault-')))('the golden vault %s', (name) => {
  function golden(): VaultStore {
    const place = temporaryPlace();
    mkdirSync(join(place.root, 'vault'), { recursive: true });
    cpSync(join(GOLDEN, name, 'vault'), join(place.root, 'vault'), { recursive: true });
    return place;
  }
  const expected: { trust: string; values: Record<string, Record<string, string>>; removed: string[] } = JSON.parse(
    readFileSync(join(GOLDEN, name, 'expected.json'), 'utf8'),
  );

  test('verifies, and has the documented hash', async () => {
    const vault = await opened(golden());
    expect(vault.rootHash).toBe(expected.trust);
    expect(await vault.verify()).toEqual([]);
  });

  test('opens for each of its members', async () => {
    const place = { ...golden(), trust: expected.trust };
    for (const [member, values] of Object.entries(expected.values)) {
      const { identity } = await loadIdentity({ defaultFile: join(GOLDEN, name, `${member}.identity`) });
      for (const [path, value] of Object.entries(values)) {
        const [group = '', secret = ''] = path.split('/');
        expect(Buffer.from(await reveal(place, identity, group, secret)).toString('base64')).toBe(value);
      }
    }
    for (const path of expected.removed) {
      const [group = '', secret = ''] = path.split('/');
      expect(await (await opened(place)).record(group, secret)).toMatchObject({ removed: true });
    }
  });

  test('can be written to', async () => {
    const place = { ...golden(), trust: expected.trust };
    const { identity } = await loadIdentity({ defaultFile: join(GOLDEN, name, 'alice.identity') });
    await setSecret(place, identity, {
      group: 'default',
      name: 'PLAIN',
      value: Buffer.from('next'),
      allowWhenCreated: [],
    });
    expect(await reveal(place, identity, 'default', 'PLAIN')).toBe('next');
  });

  test('opens with stock age', () => {
    const place = golden();
    for (const [member, values] of Object.entries(expected.values)) {
      for (const [path, value] of Object.entries(values)) {
        const [group = '', secret = ''] = path.split('/');
        expect(recover(place, join(GOLDEN, name, `${member}.identity`), member, group, secret).toString('base64')).toBe(
          value,
        );
      }
    }
  });
});
