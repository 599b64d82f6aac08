import { beforeAll, describe, expect, test } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { ROOT_FILE } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { historicalRoot, openHistoricalEntry, readHistoricalEntry } from '../../../src/vault/trust/historical-entry.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { addGroup, addMember, removeMember, setSecret } from '../../rig/vault-changes.ts';
import { failureCode, read, readRoot, temporaryPlace } from '../rig.ts';

const [alice, bob, mallory] = [Identity.generate(), Identity.generate(), Identity.generate()];
const address = { group: 'dev', name: 'TOKEN' };
const FILE = 'vault/dev/TOKEN.yaml';

/** bob sets a value and is removed; what Git remembers of that time is looked at today. */
describe('an old record of a secret in Git', () => {
  let place: VaultStore;
  let [rootThen, entryThen] = ['', ''];
  beforeAll(async () => {
    place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group: 'dev' });
    await addGroup(place, alice, { name: 'prod', pinned: false });
    const card = { recipient: bob.recipient, signing: bob.signingKey };
    await addMember(place, alice, { name: 'bob', card, read: ['dev'], write: ['dev'], admin: false });
    await setSecret(place, bob, { ...address, value: Buffer.from('of bob'), allowWhenCreated: [] });
    [rootThen, entryThen] = [read(place, ROOT_FILE), read(place, FILE)];
    await removeMember(place, alice, 'bob');
    await setSecret(place, alice, { ...address, value: Buffer.from('of alice'), allowWhenCreated: [] });
  });

  const then = () => {
    const root = historicalRoot(readRoot(place), rootThen);
    if (root === null) throw new Error('the root is one of the chain');
    return root;
  };

  test('verifies with the members of its time, and opens with the key of its time', () => {
    const former = readHistoricalEntry(address, entryThen, [readRoot(place), then()]);
    expect(former).toMatchObject({ record: { by: 'bob', version: 1 }, root: { members: new Map(then().members) } });
    if (former === null || former.root === null || former.record.removed) throw new Error('a value was set');
    expect(Buffer.from(openHistoricalEntry(former.root, former.record, alice).reveal()).toString()).toBe('of bob');
  });

  test('does not verify under a state in which its signer had no right to write', () => {
    expect(readHistoricalEntry(address, entryThen, [readRoot(place)])).toMatchObject({
      record: { by: 'bob' },
      root: null,
    });
    const forged = entryThen.replace('version: 1', 'version: 2').replace('revision: 1', 'revision: 2');
    expect(readHistoricalEntry(address, forged, [then()])?.root).toBeNull();
  });

  test('is null where no record exists', () => {
    for (const text of ['', 'hunter2', rootThen]) expect(readHistoricalEntry(address, text, [then()])).toBeNull();
  });

  test('opens only for members of its time, and only at its place', async () => {
    const former = readHistoricalEntry(address, entryThen, [then()]);
    if (former === null || former.record.removed) throw new Error('a value was set');
    const { record } = former;
    expect(await failureCode(() => openHistoricalEntry(then(), record, mallory))).toBe('vault/not-a-member');
    expect(await failureCode(() => openHistoricalEntry(then(), { ...record, version: 2 }, alice))).toBe(
      'vault/tampered',
    );
    expect(await failureCode(() => openHistoricalEntry(then(), { ...record, group: 'prod' }, bob))).toBe(
      'vault/not-a-member',
    );
  });

  test('a root is accepted only from the present chain', async () => {
    const other = temporaryPlace();
    await initVault(other, alice, { member: 'alice', group: 'dev' });
    expect(historicalRoot(readRoot(place), read(other, ROOT_FILE))).toBeNull();
    expect(historicalRoot(readRoot(other), rootThen)).toBeNull();
    expect(historicalRoot(readRoot(place), rootThen.replace('admin: true', 'admin: false'))).toBeNull();
    const forked = { ...then(), vault: readRoot(place).vault, roots: then().roots.slice(0, 1) };
    expect(historicalRoot(forked, rootThen)).toBeNull();
  });
});
