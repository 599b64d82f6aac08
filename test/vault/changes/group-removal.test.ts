import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { ROOT_FILE } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { addGroup, addMember, removeGroup, removeSecret, renameGroup, setSecret } from '../../rig/vault-changes.ts';
import { failure, freshMachine, opened, read, readRoot, reveal, snapshot, temporaryPlace, write } from '../rig.ts';

/** Counts down at every file that is written or removed, and ends the work when it comes to 0, as a kill would. */
const fuse = vi.hoisted(() => {
  const burn = { left: Number.POSITIVE_INFINITY, tick: () => undefined as undefined };
  burn.tick = () => {
    if (--burn.left === 0) throw new Error('killed');
  };
  return burn;
});

vi.mock('../../../src/util/write-beneath.ts', async (original) => {
  const real = await original<typeof import('../../../src/util/write-beneath.ts')>();
  const replaceBeneath: typeof real.replaceBeneath = async (...args) => {
    await real.replaceBeneath(...args);
    fuse.tick();
  };
  const removeBeneath: typeof real.removeBeneath = (...args) => {
    real.removeBeneath(...args);
    fuse.tick();
  };
  return { ...real, replaceBeneath, removeBeneath };
});

const [alice, bob, carol] = [Identity.generate(), Identity.generate(), Identity.generate()];

/** `dev` is alice's and bob's, `prod` alice's; carol is an admin who reads nothing. */
async function filledVault(): Promise<VaultStore> {
  const place = temporaryPlace();
  await initVault(place, alice, { member: 'alice', group: 'dev' });
  await addGroup(place, alice, { name: 'prod', pinned: true });
  const bobs = { recipient: bob.recipient, signing: bob.signingKey };
  const carols = { recipient: carol.recipient, signing: carol.signingKey };
  await addMember(place, alice, { name: 'bob', read: ['dev'], write: ['dev'], admin: false, card: bobs });
  await addMember(place, alice, { name: 'carol', read: [], write: [], admin: true, card: carols });
  for (const [group, name, by] of [
    ['dev', 'ONE', alice],
    ['dev', 'TWO', bob],
    ['dev', 'GONE', alice],
    ['prod', 'ONE', alice],
  ] as const)
    await setSecret(place, by, {
      group,
      name,
      value: Buffer.from(`${group} ${name}`),
      allowWhenCreated: ['tool:deploy'],
      description: `of ${group}`,
    });
  await removeSecret(place, alice, { group: 'dev', name: 'GONE' });
  return place;
}

async function groupsOf(place: VaultStore): Promise<string[]> {
  return [...(await opened(place)).groups.keys()].sort();
}

let place: VaultStore;
beforeEach(async () => {
  fuse.left = Number.POSITIVE_INFINITY;
  place = await filledVault();
});

describe('a group that is removed', () => {
  test('is gone with its files, and the other groups are unchanged', async () => {
    expect(await removeGroup(place, carol, 'dev')).toEqual({ secrets: 2, leftovers: false });
    expect(await groupsOf(place)).toEqual(['prod']);
    expect(existsSync(join(place.root, 'vault/dev'))).toBe(false);
    expect(await (await opened(place)).verify()).toEqual([]);
    expect(await reveal(place, alice, 'prod', 'ONE')).toBe('prod ONE');
  });

  test('gives its name to no other group: its old files stay signed', async () => {
    await removeGroup(place, alice, 'dev');
    for (const attempt of [
      () => addGroup(place, alice, { name: 'dev', pinned: false }),
      () => renameGroup(place, alice, { from: 'prod', to: 'dev' }),
    ])
      expect((await failure(attempt)).message).toContain('the vault had a group "dev" before');
    const root = read(place, ROOT_FILE);
    write(place, ROOT_FILE, root.replace('formerGroups: ["dev"]\n', ''));
    expect((await failure(opened(freshMachine(place)))).code).toBe('vault/tampered');
  });

  test('cannot be brought back by its old files, nor the vault by its old root', async () => {
    const putBack = snapshot(place);
    const entry = read(place, 'vault/dev/ONE.yaml');
    await removeGroup(place, alice, 'dev');
    mkdirSync(join(place.root, 'vault/dev'));
    write(place, 'vault/dev/ONE.yaml', entry);
    const [finding] = await (await opened(place)).verify();
    expect(finding?.message).toContain('vault/dev: is the folder of a group that was removed or renamed');
    expect(await removeGroup(place, alice, 'dev')).toEqual({ secrets: 1, leftovers: false });
    putBack();
    expect((await opened(place)).trustStore.regression?.code).toBe('vault/rolled-back');
  });

  test('keeps files that are not secrets', async () => {
    writeFileSync(join(place.root, 'vault/dev/README.md'), 'of a person');
    expect(await removeGroup(place, alice, 'dev')).toEqual({ secrets: 2, leftovers: true });
    expect(read(place, 'vault/dev/README.md')).toBe('of a person');
  });

  test('cannot be the last group, and only an admin can remove one', async () => {
    expect((await failure(removeGroup(place, bob, 'dev'))).code).toBe('vault/not-a-member');
    await removeGroup(place, alice, 'dev');
    expect((await failure(removeGroup(place, alice, 'prod'))).message).toBe(
      '"prod" is the last group, and a vault has at least one',
    );
    expect((await failure(removeGroup(place, alice, 'dev'))).code).toBe('group/unknown');
  });
});

describe('a group that is renamed', () => {
  test('keeps values, versions, descriptions, grants and members, and has a new key', async () => {
    await setSecret(place, alice, { group: 'dev', name: 'ONE', value: Buffer.from('second'), allowWhenCreated: [] });
    const before = (await opened(place)).requireGroup('dev');
    await renameGroup(place, alice, { from: 'dev', to: 'staging' });
    const vault = await opened(place);
    const { recipient, ...after } = vault.requireGroup('staging');
    expect(after).toEqual({ epoch: 1, readers: before.readers, writers: before.writers, pinned: false });
    expect(recipient).not.toBe(before.recipient);
    const { entries } = await vault.entries('staging');
    expect(entries.map(({ name, version, allow, description }) => [name, version, allow, description])).toEqual([
      ['ONE', 2, ['tool:deploy'], 'of dev'],
      ['TWO', 1, ['tool:deploy'], 'of dev'],
    ]);
    for (const reader of [alice, bob]) expect(await reveal(place, reader, 'staging', 'ONE')).toBe('second');
    for (const seen of [place, freshMachine(place)]) expect(await (await opened(seen)).verify()).toEqual([]);
    expect(existsSync(join(place.root, 'vault/dev'))).toBe(false);
  });

  test('is renamed only by an admin who can open and sign all of it, to an unused name', async () => {
    expect((await failure(renameGroup(place, bob, { from: 'dev', to: 'new' }))).code).toBe('vault/not-a-member');
    expect((await failure(renameGroup(place, carol, { from: 'dev', to: 'new' }))).code).toBe('vault/not-a-member');
    expect((await failure(renameGroup(place, alice, { from: 'dev', to: 'prod' }))).code).toBe('name/taken');
    expect((await failure(renameGroup(place, alice, { from: 'dev', to: 'A b' }))).code).toBe('name/invalid');
    write(place, 'vault/new/MINE.yaml', 'of somebody');
    expect((await failure(renameGroup(place, alice, { from: 'dev', to: 'new' }))).message).toContain('MINE.yaml');
  });

  test('stays unchanged where one of its secrets cannot be read', async () => {
    write(place, 'vault/dev/ONE.yaml', read(place, 'vault/dev/ONE.yaml').replace('of dev', 'of Dev'));
    const before = readRoot(place).roots.length;
    expect((await failure(renameGroup(place, alice, { from: 'dev', to: 'new' }))).message).toContain(
      'not every secret can be moved: vault/dev/ONE.yaml',
    );
    expect([readRoot(place).roots.length, existsSync(join(place.root, 'vault/new'))]).toEqual([before, false]);
  });
});

describe('killed after any write', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('%i, a repeated rename is complete', async (left) => {
    fuse.left = left;
    const work = { from: 'dev', to: 'staging' };
    const isKilled = await renameGroup(place, alice, work).then(
      () => false,
      () => true,
    );
    fuse.left = Number.POSITIVE_INFINITY;
    if (isKilled) {
      const group = (await groupsOf(place)).includes('dev') ? 'dev' : 'staging';
      for (const name of ['ONE', 'TWO']) expect(await reveal(place, bob, group, name)).toBe(`dev ${name}`);
      if (group === 'dev' || existsSync(join(place.root, 'vault/dev'))) await renameGroup(place, alice, work);
    }
    for (const name of ['ONE', 'TWO']) expect(await reveal(place, bob, 'staging', name)).toBe(`dev ${name}`);
    for (const seen of [place, freshMachine(place)]) expect(await (await opened(seen)).verify()).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5])('%i, a repeated removal is complete', async (left) => {
    fuse.left = left;
    const isKilled = await removeGroup(place, alice, 'dev').then(
      () => false,
      () => true,
    );
    fuse.left = Number.POSITIVE_INFINITY;
    if (isKilled) await removeGroup(place, alice, 'dev').catch(() => undefined);
    expect(await groupsOf(place)).toEqual(['prod']);
    expect(await (await opened(place)).verify()).toEqual([]);
  });
});
