import { beforeEach, expect, test } from 'vitest';
import { addGroup, setPinned } from '../../../src/vault/changes/group-changes.ts';
import { initVault } from '../../../src/vault/changes/init.ts';
import { editVault } from '../../../src/vault/changes/vault-editor.ts';
import { LARGEST_VALUE, removeSecret, setSecret } from '../../../src/vault/changes/writer.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { failureCode, opened, reveal, temporaryPlace } from '../rig.ts';

const alice = Identity.generate();
const setting = { group: 'default', name: 'TOKEN', value: Buffer.from('first'), allowWhenCreated: [] };

let place: VaultStore;
beforeEach(async () => {
  place = temporaryPlace();
  await initVault(place, alice, { member: 'alice', group: 'default' });
});

test('an open editor makes several changes, each on the result of the one before', async () => {
  await editVault(place, alice, async (editor) => {
    await setSecret(setting)(editor);
    await setSecret({ ...setting, value: Buffer.from('second'), before: 1 })(editor);
    await addGroup({ name: 'prod', pinned: false })(editor);
    await setPinned({ name: 'prod', pinned: true })(editor);
    await setSecret({ ...setting, group: 'prod' })(editor);
    await removeSecret({ group: 'prod', name: 'TOKEN' })(editor);
    expect(editor.vault.groups.get('prod')?.pinned).toBe(true);
    expect(editor.by).toBe('alice');
  });
  const vault = await opened(place);
  expect(await reveal(place, alice, 'default', 'TOKEN')).toBe('second');
  expect(await vault.entry('prod', 'TOKEN')).toBe(null);
  expect([vault.document.roots.length, await vault.verify()]).toEqual([3, []]);
});

test('a vault is open for one change at a time', async () => {
  const order: string[] = [];
  const change = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    order.push(`${name} ends`);
  };
  const both = ['a', 'b'].map((name) => editVault(place, alice, change(name), { waitSeconds: 60 }));
  await Promise.all(both);
  const [first, second] = order[0] === 'a begins' ? ['a', 'b'] : ['b', 'a'];
  expect(order).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
});

test('an impossible change is refused before the vault is opened', async () => {
  const value = new Uint8Array(LARGEST_VALUE + 1);
  expect(await failureCode(() => setSecret({ ...setting, value }))).toBe('value/invalid');
});

test('editing fails where no vault exists', async () => {
  expect(await failureCode(editVault(temporaryPlace(), alice, async () => null))).toBe('vault/missing');
});
