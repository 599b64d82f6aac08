import { beforeEach, describe, expect, test } from 'vitest';
import { initVault } from '../../src/vault/changes/init.ts';
import { encodeEntry, entryFile } from '../../src/vault/format/entry-document.ts';
import { signEntry } from '../../src/vault/format/entry-signature.ts';
import type { RootDocument } from '../../src/vault/format/root-document.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import { signLink } from '../../src/vault/trust/root-chain.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';
import { addMember, grantSecret, removeMember, setSecret } from '../rig/vault-changes.ts';
import {
  failure,
  freshMachine,
  opened,
  readEntry,
  readRoot,
  reveal,
  snapshot,
  temporaryPlace,
  write,
  writeRoot,
} from './rig.ts';

const [ada, bob, ci] = Array.from({ length: 3 }, () => Identity.generate()) as [Identity, Identity, Identity];
const group = 'default';

let store: VaultStore;
/** The newest root of the time when bob was an admin, and its hash. */
let bobs: RootDocument;
let bobsRoot: string;

async function set(identity: Identity, name: string, value: string): Promise<void> {
  await setSecret(store, identity, { group, name, value: Buffer.from(value), allowWhenCreated: [] });
}

beforeEach(async () => {
  store = temporaryPlace();
  await initVault(store, ada, { member: 'ada', group });
  const card = { recipient: bob.recipient, signing: bob.signingKey };
  await addMember(store, ada, { name: 'bob', card, read: [group], write: [group], admin: true });
  await addMember(store, ada, {
    name: 'ci',
    card: { recipient: ci.recipient },
    read: [group],
    write: [],
    admin: false,
  });
  await set(ada, 'KEY', 'of the time of bob');
  bobs = readRoot(store);
  bobsRoot = (await opened(store)).rootHash;
});

/** What bob makes of his last root and of everything that is public now. */
function fork(change: (now: RootDocument) => Partial<RootDocument>, by: string): void {
  const now = readRoot(store);
  const { retired: _, ...old } = { ...bobs, ...change(now) };
  writeRoot(store, { ...old, roots: [...bobs.roots, signLink(old, by, bob)] });
  const { signature: _signature, ...draft } = readEntry(store, group, 'KEY');
  const entry = { ...draft, by: 'bob', revision: draft.revision + 1, allow: ['tool:stolen'] };
  write(store, entryFile(group, 'KEY'), encodeEntry(signEntry(now.vault, entry, bob)));
}

/** CI's sealed key and the group as they are now, with bob as the only writer. */
function withNewKeys({ members, groups, keys }: RootDocument): Partial<RootDocument> {
  const member = members.get('ci');
  const [state, sealed] = [groups.get(group), keys.get(group)?.get('ci')];
  const bobHimself = bobs.members.get('bob');
  if (!member || !state || !sealed || !bobHimself) throw new Error('the vault is not as the test made it');
  return {
    members: new Map([
      ['bob', bobHimself],
      ['ci', member],
    ]),
    groups: new Map([[group, { ...state, readers: ['ci'], writers: ['bob'] }]]),
    keys: new Map([[group, new Map([['ci', sealed]])]]),
  };
}

/** The value of KEY was made under a root that the vault no longer has. */
async function keepValueOfLaterRoot(): Promise<void> {
  const restore = snapshot(store);
  await addMember(store, ada, { name: 'ci', read: [], write: [], admin: false });
  await set(ada, 'KEY', 'NEW');
  const value = readEntry(store, group, 'KEY');
  restore();
  write(store, entryFile(group, 'KEY'), encodeEntry(value));
}

describe('a removed admin who continues from an older root', () => {
  test('opens no value that was set after the removal, where CI names a root that both chains have', async () => {
    await removeMember(store, ada, 'bob');
    await set(ada, 'KEY', 'NEW');
    fork(withNewKeys, 'bob');
    const error = await failure(reveal({ ...freshMachine(store), trust: bobsRoot }, ci, group, 'KEY'));
    expect(error).toMatchObject({ code: 'vault/tampered' });
    expect(error.message).toContain(
      'the key of group "default" for "ci" was made under a root that this vault does not have',
    );
  });

  test('does not sign the vault with another member’s name', async () => {
    await removeMember(store, ada, 'bob');
    fork((now) => ({ ...withNewKeys(now), members: new Map(bobs.members) }), 'ada');
    const error = await failure(opened(freshMachine(store)));
    expect(error.message).toContain('names "ada", who did not sign it');
  });

  test('opens no new value with a key that did not change', async () => {
    await keepValueOfLaterRoot();
    const error = await failure(reveal({ ...freshMachine(store), trust: bobsRoot }, ci, group, 'KEY'));
    expect(error).toMatchObject({ code: 'vault/tampered' });
    expect(error.message).toContain('holds a value that was made under a root which this vault does not have');
    expect(await (await opened(freshMachine(store))).verify()).toMatchObject([{ file: 'vault/default/KEY.yaml' }]);
  });

  test('is refused as a whole where CI names the root of the removal', async () => {
    await removeMember(store, ada, 'bob');
    const { rootHash } = await opened(store);
    const { keys, groups } = bobs;
    fork(() => ({ keys, groups }), 'bob');
    const vault = await opened({ ...freshMachine(store), trust: rootHash });
    expect((await failure(() => vault.requireNamedRoot())).code).toBe('vault/untrusted');
  });
});

test('a vault reports whom the roots after the named one removed', async () => {
  await addMember(store, ada, { name: 'ci', read: [], write: [], admin: false });
  const before = await opened({ ...freshMachine(store), trust: bobsRoot });
  expect(before.removedSinceNamedRoot).toEqual([]);
  await removeMember(store, ada, 'bob');
  const after = await opened({ ...freshMachine(store), trust: bobsRoot });
  expect(after.removedSinceNamedRoot).toEqual(['bob']);
  expect((await opened({ ...freshMachine(store), trust: after.rootHash })).removedSinceNamedRoot).toEqual([]);
  expect((await opened(store)).removedSinceNamedRoot).toEqual([]);
});

test('a value whose root was lost in a merge can be granted and set again', async () => {
  await keepValueOfLaterRoot();
  store = freshMachine(store);
  await (await opened(store)).acceptTrust();
  await grantSecret(store, ada, { group, name: 'KEY' }, ['exec']);
  await set(ada, 'KEY', 'set anew');
  expect(await reveal(store, ci, group, 'KEY')).toBe('set anew');
});
