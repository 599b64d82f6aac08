import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { seal } from '../../src/vault/age/age.ts';
import { encodeArmor } from '../../src/vault/age/encodings.ts';
import { isSignedBy, signedBytes } from '../../src/vault/age/signature.ts';
import { initVault } from '../../src/vault/changes/init.ts';
import { encodeEntry } from '../../src/vault/format/entry-document.ts';
import { ROOT_FILE } from '../../src/vault/format/root-document.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import { GroupKeys } from '../../src/vault/trust/group-keys.ts';
import { verifyRoot } from '../../src/vault/trust/root-chain.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';
import { grantSecret, removeSecret, revokeSecret, setSecret } from '../rig/vault-changes.ts';
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
  temporaryPlace,
  write,
  writeRoot,
} from './rig.ts';

const group = 'default';
const alice = Identity.generate();
const mallory = Identity.generate();

async function set(store: VaultStore, identity: Identity, name: string, value: string, inGroup = group): Promise<void> {
  await setSecret(store, identity, {
    group: inGroup,
    name,
    value: Buffer.from(value),
    allowWhenCreated: ['tool:deploy'],
  });
}

/** The vault's own machine and a machine that trusts the vault's first root but has seen nothing else. */
async function everyMachine(store: VaultStore): Promise<VaultStore[]> {
  return [store, { ...freshMachine(store), trust: (await opened(store)).rootHash }];
}

describe('an attacker who can write to the repository, without a key', () => {
  let store: VaultStore;
  beforeEach(async () => {
    store = temporaryPlace();
    await initVault(store, alice, { member: 'alice', group });
    await set(store, alice, 'ONE', 'first value');
    await set(store, alice, 'TWO', 'second value');
  });

  test('swaps two secrets: refused', async () => {
    const [one, two] = [read(store, 'vault/default/ONE.yaml'), read(store, 'vault/default/TWO.yaml')];
    write(store, 'vault/default/ONE.yaml', two);
    write(store, 'vault/default/TWO.yaml', one);
    for (const machine of await everyMachine(store)) {
      expect(await failureCode(reveal(machine, alice, group, 'ONE'))).toBe('vault/tampered');
      expect(await failureCode(reveal(machine, alice, group, 'TWO'))).toBe('vault/tampered');
    }
  });

  test('swaps only the values of two secrets: refused', async () => {
    const value = /value: \|\n(?: {2}.*\n)+/;
    const [one, two] = [read(store, 'vault/default/ONE.yaml'), read(store, 'vault/default/TWO.yaml')];
    write(store, 'vault/default/ONE.yaml', one.replace(value, value.exec(two)?.[0] ?? ''));
    for (const machine of await everyMachine(store)) {
      expect(await failureCode(reveal(machine, alice, group, 'ONE'))).toBe('vault/tampered');
    }
  });

  test('renames a secret: refused', async () => {
    renameSync(join(store.root, 'vault/default/ONE.yaml'), join(store.root, 'vault/default/THREE.yaml'));
    for (const machine of await everyMachine(store)) {
      const error = await failure(reveal(machine, alice, group, 'THREE'));
      expect(error.code).toBe('vault/tampered');
      expect(error.message).toBe('vault/default/THREE.yaml: was signed as vault/default/ONE.yaml and then moved here');
    }
  });

  test('forges a value for the public recipient, with a signature of their own: refused', async () => {
    const root = readRoot(store);
    const entry = readEntry(store, group, 'ONE');
    const recipient = root.groups.get(group)?.recipient ?? '';
    const ciphertext = await sealFor(root, recipient, entry, entry.version + 1, 'forged');
    forge(store, { ...entry, version: entry.version + 1, revision: entry.revision + 1, ciphertext }, mallory);
    for (const machine of await everyMachine(store)) {
      expect(await failureCode(reveal(machine, alice, group, 'ONE'))).toBe('vault/tampered');
    }
  });

  test('forges a value for the public recipient, and keeps the signature: refused', async () => {
    const root = readRoot(store);
    const entry = readEntry(store, group, 'ONE');
    const ciphertext = await sealFor(root, root.groups.get(group)?.recipient ?? '', entry, entry.version, 'forged');
    write(store, 'vault/default/ONE.yaml', encodeEntry({ ...entry, ciphertext }));
    for (const machine of await everyMachine(store)) {
      expect(await failureCode(reveal(machine, alice, group, 'ONE'))).toBe('vault/tampered');
    }
  });

  test.each([
    ['widens a grant', 'allow: ["tool:deploy"]', 'allow: ["*"]'],
    ['dates a rotation later', 'rotated: 2026-11-22', 'rotated: 2027-11-22'],
    ['raises the revision', 'revision: 1', 'revision: 9'],
    ['adds a description', 'allow:', 'description: call 555 1234\nallow:'],
  ])('%s: refused', async (_, found, put) => {
    write(store, 'vault/default/ONE.yaml', read(store, 'vault/default/ONE.yaml').replace(found, put));
    for (const machine of await everyMachine(store)) {
      expect(await failureCode(reveal(machine, alice, group, 'ONE'))).toBe('vault/tampered');
    }
  });

  test('adds a recipient of their own as a reader, so that the next re-key includes it: refused', async () => {
    const text = read(store, ROOT_FILE)
      .replace('groups:', `  mallory:\n    recipient: ${mallory.recipient}\ngroups:`)
      .replace('readers: ["alice"]', 'readers: ["alice", "mallory"]');
    write(store, ROOT_FILE, text);
    expect(await failureCode(opened(store))).toBe('vault/tampered');
  });

  test('replaces the group key with a recipient of their own, so that the next value is sealed to it: refused', async () => {
    const recipient = readRoot(store).groups.get(group)?.recipient ?? '';
    write(store, ROOT_FILE, read(store, ROOT_FILE).replace(recipient, mallory.recipient));
    expect(await failureCode(opened(store))).toBe('vault/tampered');
  });

  test('seals a group key of their own to the reader: the value does not open', async () => {
    const builder = new RootBuilder(readRoot(store).vault);
    const other = await builder.next(
      null,
      { alice: { identity: alice, admin: true } },
      { [group]: { readers: ['alice'], writers: ['alice'] } },
      'alice',
      mallory,
    );
    writeRoot(store, { ...readRoot(store), keys: other.keys });
    const error = await failure(reveal(store, alice, group, 'ONE'));
    expect(error.code).toBe('vault/tampered');
    expect(error.message).toContain("is not the group's key");
  });

  test('makes a whole new vault with the same id: refused where the old one is known, untrusted elsewhere', async () => {
    const trusting = await everyMachine(store);
    const builder = new RootBuilder(readRoot(store).vault);
    writeRoot(
      store,
      await builder.next(
        null,
        { alice: { identity: mallory, admin: true } },
        { [group]: { readers: ['alice'], writers: ['alice'] } },
        'alice',
        mallory,
      ),
    );
    const draft = readEntry(store, group, 'ONE');
    forge(
      store,
      { ...draft, ciphertext: await sealFor(readRoot(store), builder.key(group).recipient, draft, 1, 'forged') },
      mallory,
    );
    expect(await failureCode(reveal(store, mallory, group, 'ONE'))).toBe('vault/rolled-back');
    expect(await failureCode((await opened(store)).acceptTrust())).toBe('vault/rolled-back');
    expect(await failureCode((await opened(store)).acceptBranch())).toBe('vault/rolled-back');
    expect(await failureCode(reveal(freshMachine(store), mallory, group, 'ONE'))).toBe('vault/untrusted');
    for (const machine of trusting.slice(1))
      expect(await failureCode(reveal(machine, mallory, group, 'ONE'))).toBe('vault/untrusted');
  });

  test('restores an old value: refused on a machine with a pin', async () => {
    const restore = snapshot(store);
    await set(store, alice, 'ONE', 'rotated value');
    restore();
    const error = await failure(reveal(store, alice, group, 'ONE'));
    expect(error.code).toBe('vault/rolled-back');
    expect(error.message).toBe('vault/default/ONE.yaml: is at revision 1, but this machine has seen revision 2');
    expect(await failureCode(set(store, alice, 'ONE', 'on top of it'))).toBe('vault/rolled-back');
    const [finding] = await (await opened(store)).verify();
    expect(finding).toMatchObject({ code: 'vault/rolled-back', file: 'vault/default/ONE.yaml' });
  });

  test('rolls a revocation back: refused on a machine with a pin', async () => {
    await grantSecret(store, alice, { group, name: 'ONE' }, ['exec']);
    const restore = snapshot(store);
    await revokeSecret(store, alice, { group, name: 'ONE' }, ['exec']);
    restore();
    expect(await failureCode((await opened(store)).entry(group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('brings a removed secret back: refused on a machine with a pin', async () => {
    const restore = snapshot(store);
    await removeSecret(store, alice, { group, name: 'ONE' });
    restore();
    expect(await failureCode(reveal(store, alice, group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('deletes a secret: refused on a machine with a pin, absent elsewhere', async () => {
    rmSync(join(store.root, 'vault/default/ONE.yaml'));
    const error = await failure((await opened(store)).entry(group, 'ONE'));
    expect(error.code).toBe('vault/rolled-back');
    expect(error.message).toContain('gone without a trace of a removal');
    const { entries, findings } = await (await opened(store)).entries(group);
    expect(entries.map((entry) => entry.name)).toEqual(['TWO']);
    expect(findings.map((finding) => finding.file)).toEqual(['vault/default/ONE.yaml']);
    expect(await (await opened(freshMachine(store))).entry(group, 'ONE')).toBeNull();
  });

  test('deletes the record of a removal: refused on a machine with a pin', async () => {
    await removeSecret(store, alice, { group, name: 'ONE' });
    rmSync(join(store.root, 'vault/default/ONE.yaml'));
    expect(await failureCode(set(store, alice, 'ONE', 'anew'))).toBe('vault/rolled-back');
  });

  test.each(['vault/default/ONE.yaml', ROOT_FILE, 'vault/default', 'vault'])(
    'puts a symbolic link in the place of %s: refused',
    async (path) => {
      const [there, away] = [join(store.root, path), join(store.root, 'elsewhere')];
      renameSync(there, away);
      symlinkSync(away, there);
      const error = await failure(reveal(store, alice, group, 'ONE'));
      expect(error.code).toBe('vault/malformed');
      expect(error.message).toBe(`${path}: is a symbolic link, which a vault may not hold`);
      expect(await failureCode(set(store, alice, 'ONE', 'value'))).toBe('vault/malformed');
    },
  );

  test('names a path as a secret: nothing outside the group is read', async () => {
    for (const name of ['../default/ONE', '../../etc/passwd', '__proto__', 'ONE.yaml', '']) {
      expect(await failureCode((await opened(store)).entry(group, name))).toBe('secret/unknown');
      expect(await failureCode(set(store, alice, name, 'value'))).toBe('name/invalid');
    }
    for (const other of ['..', '__proto__', 'constructor', 'default/../default']) {
      expect(await failureCode((await opened(store)).entry(other, 'ONE'))).toBe('group/unknown');
    }
  });
});

describe('a member, beyond their grants', () => {
  const [bob, ci] = [Identity.generate(), Identity.generate()];
  const cast = {
    alice: { identity: alice, admin: true },
    bob: { identity: bob },
    ci: { identity: ci, readsOnly: true },
  };
  const rights = {
    dev: { readers: ['alice', 'bob'], writers: ['alice', 'bob'] },
    prod: { readers: ['alice', 'ci'], writers: ['alice'] },
  };

  async function sharedVault(): Promise<{ store: VaultStore; builder: RootBuilder }> {
    const [store, builder] = [temporaryPlace(), new RootBuilder()];
    writeRoot(store, await builder.next(null, cast, rights, 'alice', alice));
    await (await opened(store)).acceptTrust();
    await set(store, alice, 'TOKEN', 'dev value', 'dev');
    await set(store, alice, 'TOKEN', 'prod value', 'prod');
    return { store, builder };
  }

  test('everyone reads exactly the groups they were given', async () => {
    const { store } = await sharedVault();
    expect(await reveal(store, bob, 'dev', 'TOKEN')).toBe('dev value');
    expect(await reveal(store, ci, 'prod', 'TOKEN')).toBe('prod value');
    expect(await failureCode(reveal(store, bob, 'prod', 'TOKEN'))).toBe('vault/not-a-member');
    expect(await failureCode(reveal(store, ci, 'dev', 'TOKEN'))).toBe('vault/not-a-member');
    expect(await failureCode(reveal(store, mallory, 'dev', 'TOKEN'))).toBe('vault/not-a-member');
  });

  test('a reader (CI) alters a value: cannot through Lockstep, and a forged file is refused', async () => {
    const { store } = await sharedVault();
    const error = await failure(set(store, ci, 'TOKEN', 'altered', 'prod'));
    expect(error.message).toBe('"ci" may not write in group "prod"; its writers are: alice');
    const root = readRoot(store);
    const entry = readEntry(store, 'prod', 'TOKEN');
    const ciphertext = await sealFor(root, root.groups.get('prod')?.recipient ?? '', entry, 2, 'altered');
    for (const by of ['ci', 'alice']) {
      forge(store, { ...entry, version: 2, revision: 2, by, ciphertext }, ci);
      expect(await failureCode(reveal(store, alice, 'prod', 'TOKEN'))).toBe('vault/tampered');
    }
  });

  test('a writer of dev forges a value of prod: refused', async () => {
    const { store } = await sharedVault();
    expect(await failureCode(set(store, bob, 'TOKEN', 'forged', 'prod'))).toBe('vault/not-a-member');
    const root = readRoot(store);
    const entry = readEntry(store, 'prod', 'TOKEN');
    const ciphertext = await sealFor(root, root.groups.get('prod')?.recipient ?? '', entry, 2, 'forged');
    forge(store, { ...entry, version: 2, revision: 2, by: 'bob', ciphertext }, bob);
    expect(await failureCode(reveal(store, alice, 'prod', 'TOKEN'))).toBe('vault/tampered');
  });

  test('an insider signs a value that is not an age file: refused, with the place', async () => {
    const { store } = await sharedVault();
    forge(store, { ...readEntry(store, 'dev', 'TOKEN'), revision: 9, ciphertext: Buffer.from('no age file') }, alice);
    const error = await failure(reveal(store, alice, 'dev', 'TOKEN'));
    expect(error.code).toBe('vault/malformed');
    expect(error.message).toMatch(/^vault\/dev\/TOKEN\.yaml: the value is /);
  });

  test('an insider moves a value under another name and signs it again: refused', async () => {
    const { store } = await sharedVault();
    const entry = readEntry(store, 'dev', 'TOKEN');
    forge(store, { ...entry, name: 'OTHER', by: 'bob' }, bob);
    const error = await failure(reveal(store, alice, 'dev', 'OTHER'));
    expect(error.code).toBe('vault/tampered');
    expect(error.message).toContain('sealed for another place');
    expect(await failureCode((await opened(store)).entry('dev', 'OTHER'))).toBe('vault/tampered');
  });

  test('an insider signs an old value again as the newest: refused', async () => {
    const { store } = await sharedVault();
    const old = readEntry(store, 'dev', 'TOKEN');
    await set(store, alice, 'TOKEN', 'rotated', 'dev');
    forge(store, { ...old, version: 2, revision: 3, by: 'bob' }, bob);
    expect(await failureCode(reveal(store, alice, 'dev', 'TOKEN'))).toBe('vault/tampered');
  });

  test('a removed member comes back with an old root: refused where the new one was seen or named', async () => {
    const { store, builder } = await sharedVault();
    const restore = snapshot(store);
    const { bob: _, ...others } = cast;
    const without = { dev: { readers: ['alice'], writers: ['alice'] }, prod: rights.prod };
    writeRoot(store, await builder.next(readRoot(store), others, without, 'alice', alice));
    expect(await failureCode(set(store, bob, 'TOKEN', 'mine again', 'dev'))).toBe('vault/not-a-member');
    await set(store, alice, 'TOKEN', 'without bob', 'dev');
    const named = { ...freshMachine(store), trust: (await opened(store)).rootHash };
    restore();
    expect(await failureCode(reveal(store, alice, 'prod', 'TOKEN'))).toBe('vault/rolled-back');
    expect(await failureCode((await opened(store)).entry('prod', 'TOKEN'))).toBe('vault/rolled-back');
    expect((await (await opened(store)).entries('prod')).entries).toEqual([]);
    expect(await failureCode(set(store, alice, 'TOKEN', 'next', 'prod'))).toBe('vault/rolled-back');
    expect(await failureCode(reveal(named, alice, 'prod', 'TOKEN'))).toBe('vault/untrusted');
    expect(await (await opened(store)).verify()).toMatchObject([{ code: 'vault/rolled-back', file: ROOT_FILE }]);
  });

  test('the signatures of a removed writer count no longer', async () => {
    const { store, builder } = await sharedVault();
    await set(store, bob, 'OF_BOB', 'value', 'dev');
    const { bob: _, ...others } = cast;
    const without = { dev: { readers: ['alice'], writers: ['alice'] }, prod: rights.prod };
    writeRoot(store, await builder.next(readRoot(store), others, without, 'alice', alice));
    expect(await failureCode(reveal(store, alice, 'dev', 'OF_BOB'))).toBe('vault/tampered');
    expect(await reveal(store, alice, 'dev', 'TOKEN')).toBe('dev value');
  });

  test('a member who is not an admin signs a root that makes him one: refused', async () => {
    const { store, builder } = await sharedVault();
    const [before, promoted] = [readRoot(store), { ...cast, bob: { identity: bob, admin: true } }];
    for (const by of ['bob', 'alice']) {
      writeRoot(store, await builder.next(before, promoted, rights, by, bob));
      expect((await failure(opened(store))).message).toBe('vault/vault.yaml: root 2 is not signed by an admin');
    }
    writeRoot(store, await builder.next(before, promoted, rights, 'alice', alice));
    expect((await opened(store)).members.get('bob')?.admin).toBe(true);
  });

  test('the root forks at one version: refused where the other one was seen', async () => {
    const { store, builder } = await sharedVault();
    const first = readRoot(store);
    const more = { ...rights, stage: { readers: ['alice'], writers: ['alice'] } };
    writeRoot(store, await builder.next(first, cast, more, 'alice', alice));
    await set(store, alice, 'TOKEN', 'under the second root', 'dev');
    const renamed = { ...rights, test: { readers: ['alice'], writers: ['alice'] } };
    writeRoot(store, await builder.next(first, cast, renamed, 'alice', alice));
    const error = await failure(reveal(store, alice, 'prod', 'TOKEN'));
    expect(error.message).toBe('vault/vault.yaml: has a different root 2 than the one that this machine has seen');
    expect(await failureCode(set(store, alice, 'NEW', 'value', 'prod'))).toBe('vault/rolled-back');
  });

  test('an entry forks at one revision: refused where the other one was seen', async () => {
    const { store } = await sharedVault();
    const restore = snapshot(store);
    await set(store, bob, 'TOKEN', 'one side', 'dev');
    restore();
    const elsewhere = { ...freshMachine(store), trust: (await opened(store)).rootHash };
    await set(elsewhere, alice, 'TOKEN', 'other side', 'dev');
    expect(await failureCode(reveal(store, alice, 'dev', 'TOKEN'))).toBe('vault/rolled-back');
    expect(await reveal(elsewhere, alice, 'dev', 'TOKEN')).toBe('other side');
  });

  test('the chain is cut in the middle, reordered or renumbered: refused', async () => {
    const { store, builder } = await sharedVault();
    const [more, most] = [
      { ...cast, dan: { identity: mallory } },
      { ...cast, eve: { identity: mallory } },
    ];
    const second = await builder.next(readRoot(store), more, rights, 'alice', alice);
    const third = await builder.next(second, most, rights, 'alice', alice);
    const [one, two, three] = third.roots;
    if (!one || !two || !three) throw new Error('three roots were made');
    for (const roots of [
      [one, three],
      [two, three],
      [two, one, three],
      [one, { ...three, version: 2 }],
      [one, two, { ...three, version: 4 }],
      [one, two, two],
    ]) {
      writeRoot(store, { ...third, roots });
      expect(await failureCode(opened(store))).toBe('vault/tampered');
    }
    writeRoot(store, third);
    expect((await opened(store)).members.has('eve')).toBe(true);
  });

  test('an admin grafts a root onto another chain, or skips a number: refused', async () => {
    const { store, builder } = await sharedVault();
    const first = readRoot(store);
    const other = await builder.next(null, { ...cast, dan: { identity: mallory } }, rights, 'alice', alice);
    const grafted = await builder.next(other, cast, rights, 'alice', alice);
    writeRoot(store, { ...grafted, roots: [...first.roots, ...grafted.roots.slice(1)] });
    expect((await failure(opened(store))).message).toBe('vault/vault.yaml: root 2 does not follow the root before it');
    const next = await builder.next(first, cast, rights, 'alice', alice);
    const [one, two] = next.roots;
    if (!one || !two) throw new Error('two roots were made');
    const { signature: _, ...link } = { ...two, version: 3 };
    const signed = { ...link, signature: alice.sign(signedBytes('root', { vault: first.vault, ...link })) };
    writeRoot(store, { ...next, roots: [one, signed] });
    expect((await failure(opened(store))).message).toBe('vault/vault.yaml: root 3 is in the place of root 2');
  });

  test('an admin keeps the right to sign in a root that no longer has him as an admin: refused', async () => {
    const { store, builder } = await sharedVault();
    const first = readRoot(store);
    const shared = { ...cast, bob: { identity: bob, admin: true } };
    const next = await builder.next(first, shared, rights, 'alice', alice);
    const [one, two] = next.roots;
    if (!one || !two) throw new Error('two roots were made');
    const { signature: _, ...link } = { ...two, admins: [alice.signingKey, bob.signingKey, mallory.signingKey].sort() };
    const signed = { ...link, signature: alice.sign(signedBytes('root', { vault: first.vault, ...link })) };
    writeRoot(store, { ...next, roots: [one, signed] });
    expect((await failure(opened(store))).message).toContain('not the admins among the members');
  });

  test('a value of another vault with the same members is copied in: refused', async () => {
    const { store } = await sharedVault();
    const [there, builder] = [temporaryPlace(), new RootBuilder('OtherOtherOther1')];
    writeRoot(there, await builder.next(null, cast, rights, 'alice', alice));
    await (await opened(there)).acceptTrust();
    await set(there, alice, 'TOKEN', 'of the other vault', 'dev');
    write(store, 'vault/dev/TOKEN.yaml', read(there, 'vault/dev/TOKEN.yaml'));
    expect(await failureCode(reveal(store, alice, 'dev', 'TOKEN'))).toBe('vault/tampered');
  });

  test('one group’s entry is moved to the other group: refused', async () => {
    const { store } = await sharedVault();
    write(store, 'vault/prod/TOKEN.yaml', read(store, 'vault/dev/TOKEN.yaml'));
    expect(await failureCode(reveal(store, alice, 'prod', 'TOKEN'))).toBe('vault/tampered');
  });
});

describe('invalid documents, even if an admin signed them', () => {
  const [bob, ci] = [Identity.generate(), Identity.generate()];
  const admin = { alice: { identity: alice, admin: true } };
  const dev = { dev: { readers: ['alice'], writers: ['alice'] } };
  const withCi = { ...admin, ci: { identity: ci, readsOnly: true } };

  test.each([
    ['a reader who is no member', admin, { dev: { readers: ['alice'], writers: ['alice', 'zoe'] } }],
    ['a writer without a signing key', withCi, { dev: { readers: ['alice'], writers: ['alice', 'ci'] } }],
    ['an admin without a signing key', { ...admin, ci: { identity: ci, readsOnly: true, admin: true } }, dev],
    ['two members with one key', { ...admin, twin: { identity: alice } }, dev],
    ['no group at all', admin, {}],
    ['a member of an illegal name', { ...admin, Bob: { identity: bob } }, dev],
    ['a group of an illegal name', admin, { Dev: { readers: ['alice'], writers: ['alice'] } }],
  ])('%s: refused', async (_, cast, rights) => {
    const store = temporaryPlace();
    writeRoot(store, await new RootBuilder().next(null, cast, rights, 'alice', alice));
    expect(await failureCode(opened(store))).toBe('vault/malformed');
  });

  test('an admin without a signing key, though no file can express it: refused', async () => {
    const cast = { ...admin, ci: { identity: ci, readsOnly: true, admin: true } };
    const document = await new RootBuilder().next(null, cast, dev, 'alice', alice);
    expect((await failure(() => verifyRoot(document))).message).toContain('the admin "ci" has no signing key');
  });

  test.each([
    ['an empty list of former groups', [], 'the list of former groups is empty'],
    ['a former group that is a group', ['dev'], '"dev" is a group and a former group'],
  ])('%s: refused', async (_, formerGroups, message) => {
    const document = await new RootBuilder().next(null, admin, dev, 'alice', alice, formerGroups);
    expect((await failure(() => verifyRoot(document))).message).toContain(message);
  });

  test('group keys that were not sealed for their place open nothing, even if verified', async () => {
    const builder = new RootBuilder();
    const rights = {
      dev: { readers: ['alice'], writers: ['alice'] },
      prod: { readers: ['alice'], writers: ['alice'] },
    };
    const document = await builder.next(null, admin, rights, 'alice', alice);
    const sealed = document.keys.get('prod')?.get('alice');
    if (sealed === undefined) throw new Error('a key was made');
    expect(new GroupKeys(document).key('prod', 'alice', alice).recipient).toBe(builder.key('prod').recipient);
    const binding = { of: 'key', vault: document.vault, group: 'dev', epoch: 1, member: 'alice' } as const;
    const keyless = encodeArmor(await seal(Buffer.from('no key'), alice.recipient, binding));
    for (const wrong of [sealed, { ...sealed, sealed: 'no armor' }, { ...sealed, sealed: keyless }]) {
      const keys = new Map([['dev', new Map([['alice', wrong]])]]);
      expect(await failureCode(() => new GroupKeys({ ...document, keys }).key('dev', 'alice', alice))).toBe(
        'vault/tampered',
      );
    }
  });

  test('a group key without armor: refused', async () => {
    const store = temporaryPlace();
    const document = await new RootBuilder().next(null, admin, dev, 'alice', alice);
    const keys = new Map([['dev', new Map([['alice', { epoch: 1, sealed: 'no armor\n' }]])]]);
    writeRoot(store, { ...document, keys });
    expect((await failure(opened(store))).message).toMatch(/"alice" in group "dev" is not canonical age armor$/);
  });

  test('no admin at all: refused', async () => {
    const store = temporaryPlace();
    writeRoot(store, await new RootBuilder().next(null, { alice: { identity: alice } }, dev, 'alice', alice));
    expect((await failure(opened(store))).message).toBe('vault/vault.yaml: root 1 has no admin');
  });

  test('keys for more or fewer members than the readers: refused', async () => {
    const [store, builder] = [temporaryPlace(), new RootBuilder()];
    const cast = { ...admin, bob: { identity: bob } };
    const right = await builder.next(
      null,
      cast,
      { dev: { readers: ['alice', 'bob'], writers: ['alice'] } },
      'alice',
      alice,
    );
    const [ofAlice, ofBob] = ['alice', 'bob'].map((name) => right.keys.get('dev')?.get(name));
    if (!ofAlice || !ofBob) throw new Error('two keys were made');
    const wrong = [
      new Map(),
      new Map([['dev', new Map([['alice', ofAlice]])]]),
      new Map([
        [
          'dev',
          new Map([
            ['alice', ofBob],
            ['bob', ofAlice],
          ]),
        ],
      ]),
      new Map([
        [
          'dev',
          new Map([
            ['alice', ofAlice],
            ['bob', { ...ofBob, epoch: 2 }],
          ]),
        ],
      ]),
      new Map([
        [
          'dev',
          new Map([
            ['alice', ofAlice],
            ['bob', ofBob],
            ['zoe', ofBob],
          ]),
        ],
      ]),
      new Map([...right.keys, ['prod', new Map([['alice', ofAlice]])]]),
    ];
    for (const keys of wrong) {
      writeRoot(store, { ...right, keys });
      expect(await failureCode(opened(store))).toMatch(/^vault\/(malformed|tampered)$/);
    }
    writeRoot(store, right);
    expect((await opened(store)).groups.size).toBe(1);
  });
});

test('an invalid key and an invalid signature verify nothing', () => {
  const bytes = signedBytes('entry', { a: 1 });
  expect(isSignedBy(alice.signingKey, bytes, alice.sign(bytes))).toBe(true);
  for (const key of ['', 'no key', `${alice.signingKey}=`])
    expect(isSignedBy(key, bytes, alice.sign(bytes))).toBe(false);
  for (const proof of ['', 'no proof', mallory.sign(bytes)])
    expect(isSignedBy(alice.signingKey, bytes, proof)).toBe(false);
});
