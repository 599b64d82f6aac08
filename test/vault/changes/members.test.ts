import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { seal } from '../../../src/vault/age/age.ts';
import { encodeArmor } from '../../../src/vault/age/encodings.ts';
import { initVault } from '../../../src/vault/changes/init.ts';
import { editVault } from '../../../src/vault/changes/vault-editor.ts';
import { decodeEntry } from '../../../src/vault/format/entry-document.ts';
import { decodeRoot, ROOT_FILE } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { cardText, type MemberCard, parseCard } from '../../../src/vault/identity/member-card.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import {
  addGroup,
  addMember,
  describeSecret,
  rekeyGroup,
  removeMember,
  removeSecret,
  setPinned,
  setSecret,
} from '../../rig/vault-changes.ts';
import {
  failure,
  failureCode,
  forge,
  freshMachine,
  opened,
  RootBuilder,
  read,
  readEntry,
  readRoot,
  reveal,
  sealFor,
  snapshot,
  temporaryFolder,
  temporaryPlace,
  write,
  writeRoot,
} from '../rig.ts';

/** Counts down at every file that is written, and ends the work when it comes to 0, as a kill would. */
const fuse = vi.hoisted(() => ({ left: Number.POSITIVE_INFINITY }));

vi.mock('../../../src/util/atomic-file.ts', async (original) => {
  const real = await original<typeof import('../../../src/util/atomic-file.ts')>();
  const replaceFile: typeof real.replaceFile = async (...args) => {
    await real.replaceFile(...args);
    if (--fuse.left === 0) throw new Error('killed');
  };
  return { ...real, replaceFile };
});

const [alice, bob, carol, ci, mallory] = Array.from({ length: 5 }, () => Identity.generate()) as [
  Identity,
  Identity,
  Identity,
  Identity,
  Identity,
];
const cardOf = ({ recipient, signingKey }: Identity): MemberCard => ({ recipient, signing: signingKey });

async function set(place: VaultStore, identity: Identity, path: string, value: string): Promise<void> {
  const [group = '', name = ''] = path.split('/');
  await setSecret(place, identity, { group, name, value: Buffer.from(value), allowWhenCreated: ['tool:deploy'] });
}

async function add(
  place: VaultStore,
  identity: Identity,
  name: string,
  card: MemberCard | undefined,
  rights: { read?: string[]; write?: string[]; admin?: boolean },
): Promise<void> {
  const { read = [], write = [], admin = false } = rights;
  await addMember(place, identity, { name, read, write, admin, ...(card && { card }) });
}

/** dev: alice, bob and carol read and write. prod: alice and ci read; alice and bob write. */
async function sharedVault(): Promise<VaultStore> {
  const place = temporaryPlace();
  await initVault(place, alice, { member: 'alice', group: 'dev' });
  await addGroup(place, alice, { name: 'prod', pinned: false });
  await add(place, alice, 'bob', cardOf(bob), { read: ['dev'], write: ['dev', 'prod'] });
  await add(place, alice, 'carol', cardOf(carol), { read: ['dev'], write: ['dev'] });
  await add(place, alice, 'ci', { recipient: ci.recipient }, { read: ['prod'] });
  return place;
}

/** alice is the only admin, and in none of its groups may she do what she would like to. */
async function bareVault(): Promise<VaultStore> {
  const place = temporaryPlace();
  const cast = { alice: { identity: alice, admin: true }, bob: { identity: bob }, carol: { identity: carol } };
  const rights = {
    kept: { readers: ['bob'], writers: ['alice', 'bob'] },
    lost: { readers: ['carol'], writers: ['alice'] },
    mute: { readers: ['alice'], writers: [] },
    void: { readers: [], writers: ['alice'] },
  };
  writeRoot(place, await new RootBuilder().next(null, cast, rights, 'alice', alice));
  await (await opened(place)).acceptTrust();
  return place;
}

async function filledVault(): Promise<VaultStore> {
  const place = await sharedVault();
  await set(place, alice, 'dev/OURS', 'of alice');
  await set(place, bob, 'dev/HIS', 'of bob');
  await set(place, bob, 'dev/GONE', 'gone');
  await removeSecret(place, bob, { group: 'dev', name: 'GONE' });
  await set(place, bob, 'prod/WRITTEN', 'never read by bob');
  await set(place, alice, 'prod/APART', 'of alice alone');
  return place;
}

const VALUES = [
  ['dev', 'OURS', 'of alice', [alice, carol]],
  ['dev', 'HIS', 'of bob', [alice, carol]],
  ['prod', 'WRITTEN', 'never read by bob', [alice, ci]],
  ['prod', 'APART', 'of alice alone', [alice, ci]],
] as const;

/** Every value, by everybody who may read it; and nothing that cannot be believed. */
async function expectWhole(place: VaultStore): Promise<void> {
  for (const [group, name, value, readers] of VALUES)
    for (const reader of readers) expect(await reveal(place, reader, group, name)).toBe(value);
  expect(await (await opened(place)).verify()).toEqual([]);
}

async function expectMoved(place: VaultStore): Promise<void> {
  const vault = await opened(place);
  expect(vault.document.retired).toBeUndefined();
  for (const [group, { epoch }] of vault.groups)
    for (const entry of (await vault.entries(group)).entries) expect(entry.epoch).toBe(epoch);
}

describe('members', () => {
  let place: VaultStore;
  beforeEach(async () => {
    place = await sharedVault();
  });

  test('read and write exactly the groups they were given', async () => {
    await set(place, bob, 'dev/ONE', 'one');
    await set(place, bob, 'prod/TWO', 'two');
    expect(await reveal(place, carol, 'dev', 'ONE')).toBe('one');
    expect(await reveal(place, ci, 'prod', 'TWO')).toBe('two');
    expect(await failureCode(reveal(place, bob, 'prod', 'TWO'))).toBe('vault/not-a-member');
    expect(await failureCode(reveal(place, ci, 'dev', 'ONE'))).toBe('vault/not-a-member');
    const error = await failure(set(place, ci, 'prod/TWO', 'altered'));
    expect(error.message).toBe('"ci" may not write in group "prod"; its writers are: alice, bob');
    expect(await failureCode(set(place, carol, 'prod/TWO', 'forged'))).toBe('vault/not-a-member');
    expect(await failureCode(set(place, mallory, 'dev/ONE', 'forged'))).toBe('vault/not-a-member');
  });

  test('get further rights, and keep the ones they have', async () => {
    await add(place, alice, 'carol', undefined, { read: ['prod'], admin: true });
    await set(place, alice, 'prod/ONE', 'one');
    expect(await reveal(place, carol, 'prod', 'ONE')).toBe('one');
    expect(await failureCode(set(place, carol, 'prod/ONE', 'two'))).toBe('vault/not-a-member');
    await set(place, carol, 'dev/ONE', 'still');
    await add(place, carol, 'dave', cardOf(mallory), { read: ['dev'] });
    expect(await reveal(place, mallory, 'dev', 'ONE')).toBe('still');
    await add(place, alice, 'ci', cardOf(ci), { write: ['prod'] });
    await set(place, ci, 'prod/ONE', 'three');
  });

  test('are added by admins alone, with a card that belongs to no other member', async () => {
    const dave = { name: 'dave', read: ['dev'], write: [], admin: false, card: cardOf(mallory) };
    expect((await failure(addMember(place, bob, dave))).message).toBe(
      '"bob" is not an admin of the vault; its admins are: alice',
    );
    for (const [wrong, said] of [
      [{ card: cardOf(bob) }, 'is that of the member "bob"'],
      [{ name: 'bob' }, 'there is a member "bob" with another card'],
      [{ name: 'Dave' }, 'a lower-case letter'],
      [{ card: { recipient: mallory.recipient }, write: ['dev'] }, '"dave" can only read'],
      [{ card: { recipient: mallory.recipient }, admin: true }, '"dave" can only read'],
      [{ read: ['stage'] }, 'there is no group "stage"'],
    ] as const)
      expect((await failure(addMember(place, alice, { ...dave, ...wrong }))).message).toContain(said);
    const { card: _, ...cardless } = dave;
    expect((await failure(addMember(place, alice, cardless))).message).toContain('no card was given');
    expect((await opened(place)).document.roots.length).toBe(5);
  });

  test('who alone read a group can let others read it: an admin who cannot gets their names', async () => {
    await add(place, alice, 'bob', undefined, { admin: true });
    const dave = { name: 'dave', read: ['prod'], write: [], admin: false, card: cardOf(mallory) };
    const error = await failure(addMember(place, bob, dave));
    expect(error.message).toBe(
      '"bob" cannot let others read group "prod", whose key only its readers can open: alice, ci',
    );
    expect(error.hints).toEqual(['ask alice to run the command']);
    await add(place, bob, 'dave', cardOf(mallory), { write: ['prod'] });
  });

  test('keep their signing key when only the recipient is given again', async () => {
    await add(place, alice, 'bob', { recipient: bob.recipient }, { read: ['prod'] });
    expect((await opened(place)).members.get('bob')).toMatchObject(cardOf(bob));
    expect((await failure(add(place, alice, 'ci', cardOf(mallory), {}))).message).toBe(
      `there is a member "ci" with another card: ${ci.recipient}`,
    );
  });

  test('who can help are named where no admin is among them', async () => {
    const there = await bareVault();
    const dave = { name: 'dave', card: cardOf(mallory), write: [], admin: false };
    const read = await failure(addMember(there, alice, { ...dave, read: ['kept'] }));
    expect(read.hints).toEqual(['make one of them an admin, and ask them: lockstep member add bob --admin']);
    const unread = await failure(addMember(there, alice, { ...dave, read: ['void'] }));
    expect(unread.message).toMatch(/can open: nobody$/);
    const rekey = await failure(rekeyGroup(there, alice, 'kept'));
    expect(rekey.hints[0]).toBe('make one of them an admin, and ask them: lockstep member add bob --admin');
    const nobody = await failure(rekeyGroup(there, alice, 'lost'));
    expect(nobody.message).toMatch(/members with both: nobody$/);
    expect(nobody.hints).toEqual([expect.stringContaining('lockstep member add alice --read lost')]);
    expect((await failure(set(there, alice, 'mute/ONE', 'value'))).message).toBe(
      '"alice" may not write in group "mute"; its writers are: nobody',
    );
  });

  test('have cards with one spelling', () => {
    const { recipient, signing = '' } = cardOf(bob);
    expect(parseCard(` ${recipient}:${signing}\n`)).toEqual(cardOf(bob));
    expect(parseCard(recipient)).toEqual({ recipient });
    for (const text of [recipient, `${recipient}:${signing}`])
      expect(cardText(parseCard(text) ?? cardOf(ci))).toBe(text);
    for (const wrong of ['', 'age1', `${recipient}:`, `${recipient}:${signing}:x`, `${recipient}:${signing}=`, signing])
      expect(parseCard(wrong)).toBeNull();
  });

  test('cannot leave a vault without an admin or a group without a reader', async () => {
    expect((await failure(removeMember(place, alice, 'alice'))).message).toBe('"alice" is the last admin of the vault');
    await add(place, alice, 'bob', undefined, { admin: true });
    expect((await failure(removeMember(place, alice, 'alice'))).message).toBe(
      'you cannot remove yourself from the vault',
    );
    const kept = await failure(removeMember(place, bob, 'alice'));
    expect(kept.message).toContain('"bob" cannot re-key group "prod"');
    await addGroup(place, alice, { name: 'stage', pinned: false });
    expect((await failure(removeMember(place, bob, 'alice'))).code).toBe('vault/not-a-member');
    await add(place, alice, 'bob', undefined, { read: ['prod'] });
    expect((await failure(removeMember(place, bob, 'alice'))).message).toBe(
      '"alice" is the last reader of group "stage", whose values would be lost',
    );
    expect((await failure(removeMember(place, alice, 'nobody'))).message).toContain('there is no member "nobody"');
    expect((await opened(place)).members.size).toBe(4);
  });
});

test('a vault whose root would exceed the size limit is not written', async () => {
  const place = await sharedVault();
  const before = read(place, ROOT_FILE);
  const vault = await opened(place);
  const binding = { of: 'key', vault: vault.id, group: 'dev', epoch: 1, member: 'bob' } as const;
  const sealed = encodeArmor(await seal(new Uint8Array(3_200_000), bob.recipient, binding));
  const ofDev = new Map(vault.document.keys.get('dev')).set('bob', { epoch: 1, sealed });
  const keys = new Map(vault.document.keys).set('dev', ofDev);
  const error = await failure(editVault(place, alice, (editor) => editor.writeRoot({ keys })));
  expect(error.message).toBe('vault/vault.yaml: would be larger than it may be');
  expect(read(place, ROOT_FILE)).toBe(before);
});

describe('groups', () => {
  test('are made by admins, pinned or not pinned', async () => {
    const place = await sharedVault();
    expect(await failureCode(addGroup(place, bob, { name: 'stage', pinned: false }))).toBe('vault/not-a-member');
    expect(await failureCode(addGroup(place, alice, { name: 'dev', pinned: false }))).toBe('name/taken');
    expect(await failureCode(addGroup(place, alice, { name: '../x', pinned: false }))).toBe('name/invalid');
    expect((await addGroup(place, alice, { name: 'stage', pinned: true })).groups.get('stage')?.pinned).toBe(true);
    const roots = (await setPinned(place, alice, { name: 'stage', pinned: true })).document.roots.length;
    const vault = await setPinned(place, alice, { name: 'stage', pinned: false });
    expect(vault.document.roots.length).toBe(roots + 1);
    expect(vault.groups.get('stage')?.pinned).toBe(false);
    expect(await failureCode(setPinned(place, carol, { name: 'dev', pinned: true }))).toBe('vault/not-a-member');
  });

  test('get new keys without a change of any value, description or version', async () => {
    const place = await filledVault();
    await describeSecret(place, alice, { group: 'dev', name: 'OURS', description: 'words', rotateEvery: '90d' });
    const before = readEntry(place, 'dev', 'OURS');
    expect((await rekeyGroup(place, alice, 'dev')).begun).toBe(true);
    const { epoch, revision, ciphertext: _, signature: __, ...after } = readEntry(place, 'dev', 'OURS');
    expect(before).toMatchObject(after);
    expect([epoch, revision]).toEqual([before.epoch + 1, before.revision + 1]);
    await expectWhole(place);
    await expectMoved(place);
    expect((await failure(rekeyGroup(place, carol, 'dev'))).message).toContain('is not an admin');
    expect((await failure(rekeyGroup(place, bob, 'prod'))).message).toBe(
      '"bob" cannot re-key group "prod": it needs read and write access; members with both: alice',
    );
  });
});

describe('a removed member', () => {
  let place: VaultStore;
  beforeEach(async () => {
    place = await filledVault();
  });

  test('can no longer read or sign, and exactly the values that they could read have to be rotated', async () => {
    const removal = await removeMember(place, alice, 'bob');
    expect(removal).toEqual({
      rekeyed: ['dev'],
      exposed: [
        { group: 'dev', name: 'HIS' },
        { group: 'dev', name: 'OURS' },
      ],
    });
    await expectWhole(place);
    await expectMoved(place);
    for (const [group, name] of VALUES)
      expect(await failureCode(reveal(place, bob, group, name))).toBe('vault/not-a-member');
    expect(await failureCode(set(place, bob, 'dev/HIS', 'again'))).toBe('vault/not-a-member');
    expect(readEntry(place, 'dev', 'HIS')).toMatchObject({ by: 'alice', exposed: ['bob'], version: 1 });
    expect(readEntry(place, 'prod', 'WRITTEN')).toMatchObject({ by: 'alice', revision: 2 });
    expect('exposed' in readEntry(place, 'prod', 'WRITTEN')).toBe(false);
    expect(readEntry(place, 'prod', 'APART').revision).toBe(1);
  });

  test('is recorded in a secret until its value changes, whatever else changes', async () => {
    await removeMember(place, alice, 'bob');
    await describeSecret(place, alice, { group: 'dev', name: 'OURS', description: 'new words' });
    expect(readEntry(place, 'dev', 'OURS').exposed).toEqual(['bob']);
    await removeMember(place, alice, 'carol');
    expect(readEntry(place, 'dev', 'OURS').exposed).toEqual(['bob', 'carol']);
    await set(place, alice, 'dev/OURS', 'rotated');
    expect('exposed' in readEntry(place, 'dev', 'OURS')).toBe(false);
    expect(readEntry(place, 'dev', 'HIS').exposed).toEqual(['bob', 'carol']);
  });

  test('cannot open later values with the old key', async () => {
    const old = (await opened(place)).groupKey('dev', bob);
    await removeMember(place, alice, 'bob');
    await set(place, alice, 'dev/OURS', 'rotated');
    expect((await opened(place)).groupKey('dev', alice).recipient).not.toBe(old.recipient);
    expect(readRoot(place).keys.get('dev')?.has('bob')).toBe(false);
  });

  test('brings back the old root: refused where the new one was seen or named', async () => {
    const restore = snapshot(place);
    await removeMember(place, alice, 'bob');
    const named = { ...freshMachine(place), trust: (await opened(place)).rootHash };
    restore();
    expect(await failureCode(reveal(place, alice, 'dev', 'OURS'))).toBe('vault/rolled-back');
    expect(await failureCode(set(place, alice, 'dev/OURS', 'for bob'))).toBe('vault/rolled-back');
    expect(await failureCode(addMember(place, alice, { name: 'x', read: [], write: [], admin: true }))).toBe(
      'vault/rolled-back',
    );
    expect(await failureCode(reveal(named, alice, 'dev', 'OURS'))).toBe('vault/untrusted');
  });

  test('brings back the old root over the new entries: refused', async () => {
    const old = read(place, ROOT_FILE);
    await removeMember(place, alice, 'bob');
    write(place, ROOT_FILE, old);
    expect(await failureCode(reveal(place, alice, 'dev', 'OURS'))).toBe('vault/rolled-back');
    const elsewhere = { ...freshMachine(place), trust: (await opened(place)).rootHash };
    expect((await failure(reveal(elsewhere, alice, 'dev', 'OURS'))).message).toContain(
      'is sealed to a key that group "dev" does not have yet',
    );
  });

  test('signs a secret under the new root: refused', async () => {
    await removeMember(place, alice, 'bob');
    const entry = readEntry(place, 'dev', 'OURS');
    const root = readRoot(place);
    const ciphertext = await sealFor(root, root.groups.get('dev')?.recipient ?? '', entry, 2, 'forged');
    for (const by of ['bob', 'alice']) {
      forge(place, { ...entry, version: 2, revision: 9, by, ciphertext }, bob);
      expect(await failureCode(reveal(place, alice, 'dev', 'OURS'))).toBe('vault/tampered');
    }
  });

  test('deletes the record of what they know: refused', async () => {
    await removeMember(place, alice, 'bob');
    const file = 'vault/dev/OURS.yaml';
    write(place, file, read(place, file).replace('exposed: ["bob"]\n', ''));
    expect(await failureCode(reveal(place, alice, 'dev', 'OURS'))).toBe('vault/tampered');
    write(place, file, read(place, file).replace('by: alice', 'exposed: []\nby: alice'));
    expect(await failureCode(reveal(place, alice, 'dev', 'OURS'))).toBe('vault/malformed');
  });

  test('comes back under a new key as a new member', async () => {
    await removeMember(place, alice, 'bob');
    await add(place, alice, 'bob', cardOf(mallory), { read: ['dev'] });
    expect(await reveal(place, mallory, 'dev', 'OURS')).toBe('of alice');
    expect(await failureCode(reveal(place, bob, 'dev', 'OURS'))).toBe('vault/not-a-member');
  });

  test('is not removed while one of their files does not verify: the vault is unchanged', async () => {
    write(place, 'vault/dev/HIS.yaml', read(place, 'vault/dev/HIS.yaml').replace('version: 1', 'version: 2'));
    const before = read(place, 'vault/dev/OURS.yaml');
    expect((await failure(removeMember(place, alice, 'bob'))).code).toMatch(/^vault\/(malformed|tampered)$/);
    expect((await opened(place)).members.has('bob')).toBe(true);
    expect(read(place, 'vault/dev/OURS.yaml')).toBe(before);
  });
});

describe('a kill', { timeout: 120_000 }, () => {
  let place: VaultStore;
  let copy: string;
  beforeAll(async () => {
    place = await filledVault();
    copy = join(temporaryFolder(), 'copy');
    cpSync(join(place.root, '..'), copy, { recursive: true });
  });

  function rewind(): void {
    for (const folder of [place.root, place.stateDir]) rmSync(folder, { recursive: true, force: true });
    cpSync(copy, join(place.root, '..'), { recursive: true });
  }

  /** Does the work again and again, killed after its first, second, third ... file; returns how many kills that were. */
  async function killedAfterEachFile(work: () => Promise<unknown>, afterwards: () => Promise<void>): Promise<number> {
    for (let files = 1; ; files++) {
      rewind();
      fuse.left = files;
      const isKilled = await work().then(
        () => false,
        (error: Error) => {
          if (error.message === 'killed') return true;
          throw error;
        },
      );
      fuse.left = Number.POSITIVE_INFINITY;
      await afterwards();
      if (!isKilled) return files - 1;
    }
  }

  test('after any file of a removal leaves every value readable, and the next change completes the removal', async () => {
    const kills = await killedAfterEachFile(
      () => removeMember(place, alice, 'bob'),
      async () => {
        await expectWhole(place);
        await set(place, carol, 'dev/NEXT', 'value');
        await expectMoved(place);
        await expectWhole(place);
        const { exposed } = await removeMember(place, alice, 'bob');
        expect(exposed.map(({ name }) => name)).toContain('OURS');
        expect((await opened(place)).members.has('bob')).toBe(false);
        expect(readEntry(place, 'dev', 'HIS')).toMatchObject({
          by: expect.not.stringMatching('bob'),
          exposed: ['bob'],
        });
        expect(await failureCode(reveal(place, bob, 'dev', 'OURS'))).toBe('vault/not-a-member');
        await expectWhole(place);
        await expectMoved(place);
      },
    );
    expect(kills).toBeGreaterThanOrEqual(10);
  });

  test('after any file of a re-key: the same command completes it, and makes no second key', async () => {
    const kills = await killedAfterEachFile(
      () => rekeyGroup(place, alice, 'dev'),
      async () => {
        await expectWhole(place);
        const { epoch = 0 } = (await opened(place)).groups.get('dev') ?? {};
        const wasPending = (await opened(place)).document.retired !== undefined;
        const { begun, vault } = await rekeyGroup(place, alice, 'dev');
        expect([begun, vault.groups.get('dev')?.epoch]).toEqual([!wasPending, wasPending ? epoch : epoch + 1]);
        await expectWhole(place);
        await expectMoved(place);
      },
    );
    expect(kills).toBeGreaterThanOrEqual(5);
  });

  test('leaves members who cannot complete it to their own groups, and is completed after a second kill', async () => {
    rewind();
    fuse.left = 1;
    await expect(rekeyGroup(place, alice, 'prod')).rejects.toThrow('killed');
    fuse.left = Number.POSITIVE_INFINITY;
    await set(place, carol, 'dev/NEXT', 'value');
    expect((await opened(place)).document.retired?.has('prod')).toBe(true);
    fuse.left = 1;
    await expect(set(place, alice, 'dev/LATER', 'value')).rejects.toThrow('killed');
    fuse.left = Number.POSITIVE_INFINITY;
    await set(place, alice, 'dev/LATER', 'value');
    await expectMoved(place);
    await expectWhole(place);
  });

  test('while one file is damaged keeps no member from writing another, and is completed after its repair', async () => {
    rewind();
    fuse.left = 1;
    await expect(rekeyGroup(place, alice, 'dev')).rejects.toThrow('killed');
    fuse.left = Number.POSITIVE_INFINITY;
    expect((await opened(place)).document.retired?.has('dev')).toBe(true);
    const good = read(place, 'vault/dev/OURS.yaml');
    write(place, 'vault/dev/OURS.yaml', good.replace('version: 1', 'version: 7'));
    await set(place, carol, 'dev/NEXT', 'value');
    expect((await opened(place)).document.retired?.has('dev')).toBe(true);
    expect(await reveal(place, carol, 'dev', 'NEXT')).toBe('value');
    expect((await failure(rekeyGroup(place, alice, 'dev'))).message).toContain('vault/dev/OURS.yaml');
    write(place, 'vault/dev/OURS.yaml', good);
    await set(place, bob, 'prod/ELSEWHERE', 'value');
    await expectMoved(place);
    await expectWhole(place);
  });

  test('the previous key cannot be replaced, moved from its place, or kept for another epoch', async () => {
    rewind();
    fuse.left = 1;
    await expect(rekeyGroup(place, alice, 'dev')).rejects.toThrow('killed');
    fuse.left = Number.POSITIVE_INFINITY;
    const text = read(place, ROOT_FILE);
    const [head = '', retired = ''] = text.split(/(?=^retired:)/m);
    expect(retired).toContain('sealed: |');
    const other = /^ {6}-----BEGIN(?:.|\n)*?-----END.*\n/m.exec(head.split(/^keys:/m)[1] ?? '')?.[0] ?? '';
    for (const wrong of [
      retired.replace('epoch: 1', 'epoch: 2'),
      retired.replace('  dev:', '  prod:'),
      retired.replace(/^ {6}-(?:.|\n)*(?=^# end)/m, other),
      retired.replace('  dev:', '  none:'),
    ]) {
      expect(wrong).not.toBe(retired);
      write(place, ROOT_FILE, head + wrong);
      expect(await failureCode(opened(place))).toMatch(/^vault\/(malformed|tampered)$/);
    }
    write(place, ROOT_FILE, text);
    await expectWhole(place);
  });

  test('between the steps leaves files of which no truncated part verifies', async () => {
    rewind();
    fuse.left = 8;
    await expect(removeMember(place, alice, 'bob')).rejects.toThrow('killed');
    fuse.left = Number.POSITIVE_INFINITY;
    const [root, entry] = [read(place, ROOT_FILE), read(place, 'vault/dev/OURS.yaml')];
    expect([root.includes('\nretired:'), entry.includes('\nexposed: ["bob"]\n')]).toEqual([true, true]);
    for (let bytes = 0; bytes < entry.length; bytes++)
      expect(await failureCode(() => decodeEntry('x', entry.slice(0, bytes)))).toBe('vault/malformed');
    for (let bytes = 0; bytes < root.length; bytes++)
      expect(await failureCode(() => decodeRoot(root.slice(0, bytes)))).toBe('vault/malformed');
    await expectWhole(place);
  });

  const REMOVER = `
    import { readFileSync } from 'node:fs';
    import { Identity } from './src/vault/identity/identity.ts';
    import { removeMember } from './test/rig/vault-changes.ts';
    const place = JSON.parse(process.argv[1]);
    await removeMember(place, Identity.fromText(readFileSync(process.argv[2], 'utf8')), 'bob');
  `;

  test('by SIGKILL at each rename of a removal: whole, no stuck lock, completed by the next change', async () => {
    const key = join(temporaryFolder(), 'key');
    mkdirSync(join(key, '..'), { recursive: true });
    writeFileSync(key, /AGE-SECRET.*/.exec(alice.fileText(new Date()))?.[0] ?? '', { mode: 0o600 });
    const { clock: _, ...plain } = place;
    let kills = 0;
    for (let when = 1; ; when++) {
      rewind();
      const { status, signal } = spawnSync(
        'strace',
        [
          ...['-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename', '-e', `inject=rename:signal=SIGKILL:when=${when}`],
          ...[process.execPath, '--input-type=module', '-e', REMOVER, JSON.stringify(plain), key],
        ],
        {
          cwd: join(import.meta.dirname, '../../..'),
          stdio: 'ignore',
          // strace counts for each thread: one alone does all the work.
          env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
        },
      );
      await expectWhole(place);
      await set(place, carol, 'dev/NEXT', 'value');
      await expectMoved(place);
      await removeMember(place, alice, 'bob', { waitSeconds: 1 });
      await expectWhole(place);
      if (status === 0 && signal === null) break;
      kills++;
    }
    expect(kills).toBeGreaterThanOrEqual(10);
  });
});
