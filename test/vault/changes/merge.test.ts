import { beforeAll, describe, expect, test } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { mergeVaultFile } from '../../../src/vault/changes/merge.ts';
import { ROOT_FILE } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { removeSecret, setSecret } from '../../rig/vault-changes.ts';
import { read, temporaryPlace } from '../rig.ts';

const alice = Identity.generate();
const address = { group: 'default', name: 'TOKEN' };
const FILE = 'vault/default/TOKEN.yaml';

describe('one vault file of a merge', () => {
  let place: VaultStore;
  let [set, removed, root] = ['', '', ''];
  beforeAll(async () => {
    place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group: 'default' });
    root = read(place, ROOT_FILE);
    await setSecret(place, alice, { ...address, value: Buffer.from('value'), allowWhenCreated: [] });
    set = read(place, FILE);
    await removeSecret(place, alice, address);
    removed = read(place, FILE);
  });

  test('that one side alone changed, or both in the same way, is used unchanged', () => {
    expect(mergeVaultFile(FILE, { base: set, ours: set, theirs: removed })).toEqual({ text: removed });
    expect(mergeVaultFile(FILE, { base: set, ours: removed, theirs: set })).toEqual({ text: removed });
    expect(mergeVaultFile(FILE, { base: '', ours: set, theirs: set })).toEqual({ text: set });
  });

  test('that both changed is never mixed: both sides are described', () => {
    expect(mergeVaultFile(FILE, { base: '', ours: set, theirs: removed })).toEqual({
      conflict:
        'the secret TOKEN of default was changed on both sides: ours is version 1 of 2026-11-22 (revision 1, signed by alice), ' +
        'theirs is a removal (revision 2, signed by alice)',
    });
    expect(mergeVaultFile(ROOT_FILE, { base: '', ours: root, theirs: `${root}x` })).toEqual({
      conflict:
        'members or groups were changed on both sides: ours is root 1, signed by alice, theirs is not a vault file as Lockstep writes it',
    });
  });

  test('that Lockstep did not write, or that lies elsewhere, is reported and never quoted', () => {
    for (const path of [FILE, 'vault/stray.yaml']) {
      const merged = mergeVaultFile(path, { base: '', ours: 'hunter2', theirs: removed });
      const told = 'conflict' in merged ? merged.conflict : '';
      expect(told).toContain('ours is not a vault file as Lockstep writes it');
      expect(told).not.toContain('hunter2');
    }
    expect(mergeVaultFile('vault/stray.yaml', { base: '', ours: 'a', theirs: 'b' })).toEqual({
      conflict: expect.stringMatching(/^vault\/stray\.yaml was changed on both sides/),
    });
  });
});
