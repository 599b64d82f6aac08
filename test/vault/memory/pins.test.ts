import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { stampOfThisProcess } from '../../../src/util/process-stamp.ts';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { expectation } from '../../../src/vault/memory/expectation.ts';
import type { Observation } from '../../../src/vault/memory/pins.ts';
import { acceptRef, remember } from '../../../src/vault/memory/remembering.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { describeSecret, grantSecret, removeSecret, setSecret } from '../../rig/vault-changes.ts';
import {
  failure,
  failureCode,
  freshMachine,
  opened,
  RootBuilder,
  read,
  readRoot,
  reveal,
  snapshot,
  temporaryPlace,
  write,
  writeRoot,
} from '../rig.ts';

const group = 'default';
const alice = Identity.generate();

async function set(place: VaultStore, name: string, value: string): Promise<void> {
  await setSecret(place, alice, { group, name, value: Buffer.from(value), allowWhenCreated: [] });
}

/** Pins that are right but for what is put there. */
function whole(refs: string, changes: string): string {
  return `{"vault":"ID","fingerprint":"a","newest":{"version":1,"hash":"b"},"refs":${refs},"changes":${changes}}`;
}

async function pinFile(place: VaultStore): Promise<string> {
  return join(place.stateDir, 'trust', `${(await opened(place)).id}.json`);
}

describe('trust', () => {
  let place: VaultStore;
  beforeEach(async () => {
    place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group });
    await set(place, 'ONE', 'value');
  });

  test('the machine that made a vault trusts it', async () => {
    expect((await opened(place)).trusted).toBe(true);
    expect(await reveal(place, alice, group, 'ONE')).toBe('value');
  });

  test('another machine reads without trust, and does not unseal or write', async () => {
    const other = freshMachine(place);
    const vault = await opened(other);
    expect(vault.trusted).toBe(false);
    expect(await vault.names(group)).toEqual(['ONE']);
    expect((await vault.entry(group, 'ONE'))?.version).toBe(1);
    expect((await vault.entries(group)).entries.length).toBe(1);
    expect(await vault.verify()).toEqual([]);
    const error = await failure(reveal(other, alice, group, 'ONE'));
    expect(error.code).toBe('vault/untrusted');
    expect(error.message).toContain(vault.fingerprint);
    expect(error.hints.join()).toContain('lockstep trust');
    const address = { group, name: 'ONE' };
    expect(await failureCode(set(other, 'TWO', 'v'))).toBe('vault/untrusted');
    expect(await failureCode(removeSecret(other, alice, address))).toBe('vault/untrusted');
    expect(await failureCode(grantSecret(other, alice, address, ['exec']))).toBe('vault/untrusted');
    expect(await failureCode(vault.acceptBranch())).toBe('vault/untrusted');
    expect(existsSync(join(other.stateDir, 'trust'))).toBe(false);
  });

  test('accepting a vault records all its contents', async () => {
    const other = freshMachine(place);
    const restore = snapshot(place);
    await set(place, 'ONE', 'newer');
    const vault = await opened(other);
    await vault.acceptTrust();
    expect(vault.trusted).toBe(true);
    expect(await reveal(other, alice, group, 'ONE')).toBe('newer');
    restore();
    expect(await failureCode(reveal(other, alice, group, 'ONE'))).toBe('vault/rolled-back');
    await (await opened(other)).acceptTrust();
    expect(await failureCode(reveal(other, alice, group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('LOCKSTEP_TRUST may name any root of the chain, and wins over the pins of the machine', async () => {
    const builder = new RootBuilder('TestTestTestTest');
    const cast = { alice: { identity: alice, admin: true } };
    const rights = { [group]: { readers: ['alice'], writers: ['alice'] } };
    const chained = temporaryPlace();
    const hashes: string[] = [];
    for (const extra of [{}, { bob: { identity: Identity.generate() } }, {}]) {
      const before = hashes.length === 0 ? null : readRoot(chained);
      writeRoot(chained, await builder.next(before, { ...cast, ...extra }, rights, 'alice', alice));
      hashes.push((await opened(chained)).rootHash);
    }
    for (const trust of hashes) expect((await opened({ ...freshMachine(chained), trust })).trusted).toBe(true);
    const [trust = ''] = hashes;
    const ci = { ...freshMachine(chained), trust };
    await set(ci, 'ONE', 'value');
    expect(await reveal(ci, alice, group, 'ONE')).toBe('value');
    const wrong = { ...ci, trust: 'f'.repeat(64) };
    expect((await opened(wrong)).trusted).toBe(false);
    const error = await failure(reveal(wrong, alice, group, 'ONE'));
    expect(error.code).toBe('vault/untrusted');
    expect(error.message).toContain('f'.repeat(64));
    expect(error.message).toContain(trust);
    expect(await failureCode((await opened(wrong)).acceptTrust())).toBe('vault/untrusted');
    const copied = (await opened(chained)).fingerprint.toUpperCase();
    expect((await opened({ ...freshMachine(chained), trust: `${copied}\n` })).trusted).toBe(true);
    expect((await opened({ ...freshMachine(chained), trust: ' ' })).trusted).toBe(false);
    expect((await opened({ ...ci, trust: '' })).trusted).toBe(true);
  });

  test('the fingerprint is the first root, in groups of four', async () => {
    const vault = await opened(place);
    expect(vault.fingerprint).toMatch(/^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
    expect(vault.fingerprint.replaceAll(' ', '')).toBe(vault.rootHash);
  });
});

describe('the pins of a machine', () => {
  let place: VaultStore;
  beforeEach(async () => {
    place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group });
    await set(place, 'ONE', 'value');
  });

  test('are readable for their user alone', async () => {
    expect(statSync(await pinFile(place)).mode & 0o777).toBe(0o600);
    for (const folder of ['', 'trust', 'locks'])
      expect(statSync(join(place.stateDir, folder)).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(place.stateDir, 'trust'))).toEqual([`${(await opened(place)).id}.json`]);
  });

  test('are written only when they change', async () => {
    const path = await pinFile(place);
    const before = statSync(path).ino;
    await reveal(place, alice, group, 'ONE');
    await reveal(place, alice, group, 'ONE');
    expect(statSync(path).ino).toBe(before);
    await set(place, 'ONE', 'next');
    expect(statSync(path).ino).not.toBe(before);
  });

  test('are not even locked when they are up to date', async () => {
    const holder = { ...stampOfThisProcess(), nonce: 'a'.repeat(24) };
    writeFileSync(`${await pinFile(place)}.lock`, JSON.stringify(holder));
    expect(await reveal(place, alice, group, 'ONE')).toBe('value');
  });

  test('never move backward, in whatever order vaults are seen', () => {
    const sight = (version: number, revision: number): Observation => ({
      vault: 'v',
      fingerprint: 'f',
      ref: 'refs/heads/r',
      root: { version, hash: `root ${version}` },
      entries: new Map([['g/n', { revision, signature: `revision ${revision}` }]]),
      at: 1,
    });
    const pins = remember(remember(remember(null, sight(1, 1)), sight(3, 5)), sight(2, 4));
    expect(pins.newest).toEqual({ version: 3, hash: 'root 3' });
    expect(pins.refs.get('refs/heads/r')).toEqual({
      root: pins.newest,
      entries: new Map([['g/n', { revision: 5, signature: 'revision 5' }]]),
    });
    const forked: Observation = { ...sight(3, 5), entries: new Map([['g/n', { revision: 5, signature: 'other' }]]) };
    expect(remember(pins, forked)).toEqual(pins);
    expect(() => remember(pins, { ...sight(3, 5), fingerprint: 'other' })).toThrow('another vault');
    expect(acceptRef(pins, sight(2, 4)).newest).toEqual(pins.newest);
    expect(acceptRef(pins, sight(2, 4)).refs.get('refs/heads/r')?.root.version).toBe(2);
  });

  test('are written once for many secrets unsealed together', async () => {
    const names = Array.from({ length: 20 }, (_, at) => `N${at}`);
    for (const name of names) await set(place, name, name);
    const other = { ...freshMachine(place), trust: (await opened(place)).rootHash };
    const vault = await opened(other);
    const values = await Promise.all(
      names.map(async (name) => {
        const entry = await vault.entry(group, name);
        if (entry === null) throw new Error('the entry was set');
        return Buffer.from((await vault.unseal(entry, alice)).reveal()).toString();
      }),
    );
    expect(values).toEqual(names);
    const kept = JSON.parse(readFileSync(await pinFile(other), 'utf8'));
    expect(Object.keys(kept.refs['refs/heads/main'].entries).sort()).toEqual(
      names.map((name) => `default/${name}`).sort(),
    );
  });

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"vault":"x"}',
    'ID',
    '{"vault":"ID","fingerprint":"a","newest":{"version":1,"hash":"b"},"refs":{"r":{}}}',
    '{"vault":"ID","fingerprint":"a","newest":{"version":0,"hash":"b"},"refs":{}}',
    whole('{"r":{"root":{"version":1,"hash":"b"},"entries":{"default/ONE":{"revision":0}}}}', '[]'),
    whole('{}', '{}'),
    whole('{}', '[],"own":{}'),
    whole('{}', '[],"own":[null]'),
    whole('{}', '[],"own":[{"key":"default/ONE","after":null}]'),
    whole('{}', '[null]'),
    whole('{}', '[{"ref":1,"at":1,"root":null,"entries":{}}]'),
    whole('{}', '[{"ref":"r","at":"now","root":null,"entries":{}}]'),
    whole('{}', '[{"ref":"r","at":1,"root":null,"entries":{"default/ONE":7}}]'),
  ])('when damaged (%j) stop everything', async (text) => {
    const [path, id] = [await pinFile(place), (await opened(place)).id];
    writeFileSync(path, text.replace('ID', id));
    const error = await failure(opened(place));
    expect(error.code).toBe('state/unusable');
    expect(error.message).toContain(path);
    expect(await failureCode(set(place, 'TWO', 'v'))).toBe('state/unusable');
  });

  test('are not changed by accepting a secret that no group has', async () => {
    const before = readFileSync(await pinFile(place), 'utf8');
    const vault = await opened(place);
    expect(await failureCode(vault.acceptSecret(group, 'NOWHERE'))).toBe('secret/unknown');
    expect(readFileSync(await pinFile(place), 'utf8')).toBe(before);
  });

  test('when not writable let no value out', async () => {
    const other = { ...freshMachine(place), trust: (await opened(place)).rootHash };
    writeFileSync(join(other.stateDir, 'trust'), 'a file in the place of the folder');
    expect(await failureCode(reveal(other, alice, group, 'ONE'))).toBe('state/unusable');
  });

  test('when they are a folder stop everything', async () => {
    const other = freshMachine(place);
    mkdirSync(join(other.stateDir, 'trust', `${(await opened(place)).id}.json`), { recursive: true });
    expect(await failureCode(opened(other))).toBe('state/unusable');
  });

  test('cover several vaults and survive odd ref names', async () => {
    const another = { ...temporaryPlace('__proto__'), stateDir: place.stateDir };
    await initVault(another, alice, { member: 'alice', group });
    await set(another, 'ONE', 'other');
    expect(await reveal(another, alice, group, 'ONE')).toBe('other');
    expect(await reveal(place, alice, group, 'ONE')).toBe('value');
    const restore = snapshot(another);
    await set(another, 'ONE', 'newer');
    restore();
    expect(await failureCode(reveal(another, alice, group, 'ONE'))).toBe('vault/rolled-back');
  });
});

describe('branches', () => {
  let main: VaultStore;
  beforeEach(async () => {
    main = temporaryPlace();
    await initVault(main, alice, { member: 'alice', group });
    await set(main, 'ONE', 'value');
  });
  const on = (ref: string): VaultStore => ({ ...main, ref });

  test('a branch with the state that was seen elsewhere, or a newer one, is accepted', async () => {
    expect(await reveal(on('refs/heads/topic'), alice, group, 'ONE')).toBe('value');
    await set(on('refs/heads/topic'), 'ONE', 'newer');
    expect(await reveal(on('refs/heads/topic'), alice, group, 'ONE')).toBe('newer');
  });

  test('after a return to a known branch, its own last state is enough', async () => {
    const restore = snapshot(main);
    await set(on('refs/heads/topic'), 'ONE', 'newer');
    await set(on('refs/heads/topic'), 'TWO', 'only there');
    restore();
    expect(await reveal(main, alice, group, 'ONE')).toBe('value');
    expect(await (await opened(main)).entry(group, 'TWO')).toBeNull();
    expect(await failureCode((await opened(on('refs/heads/topic'))).entry(group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('an older branch that was never seen is refused until it is accepted; the acceptance holds for it alone', async () => {
    const restore = snapshot(main);
    await set(main, 'ONE', 'newer');
    await set(main, 'TWO', 'second');
    restore();
    const old = on('refs/heads/old');
    const error = await failure(reveal(old, alice, group, 'ONE'));
    expect(error.code).toBe('vault/rolled-back');
    expect(error.hints.join()).toContain('lockstep trust --secret ONE --group default');
    expect(await failureCode((await opened(old)).entry(group, 'TWO'))).toBe('vault/rolled-back');
    await (await opened(old)).acceptBranch();
    expect(await reveal(old, alice, group, 'ONE')).toBe('value');
    expect(await (await opened(old)).entry(group, 'TWO')).toBeNull();
    await set(old, 'ONE', 'on the old branch');
    expect(await reveal(old, alice, group, 'ONE')).toBe('on the old branch');
    expect(await failureCode(reveal(main, alice, group, 'ONE'))).toBe('vault/rolled-back');
    restore();
    expect(await failureCode(reveal(on('refs/heads/older'), alice, group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('a branch keeps the pins that other branches had when it was first seen', async () => {
    await set(main, 'TWO', 'second');
    const restore = snapshot(main);
    await set(main, 'TWO', 'newer second');
    expect(await reveal(on('refs/heads/topic'), alice, group, 'ONE')).toBe('value');
    restore();
    expect(await failureCode(reveal(on('refs/heads/topic'), alice, group, 'TWO'))).toBe('vault/rolled-back');
  });

  test('with an older root no branch can be written, accepted or not', async () => {
    const builder = new RootBuilder('TestTestTestTest');
    const cast = { alice: { identity: alice, admin: true } };
    const rights = { [group]: { readers: ['alice'], writers: ['alice'] } };
    const place = temporaryPlace();
    writeRoot(place, await builder.next(null, cast, rights, 'alice', alice));
    await (await opened(place)).acceptTrust();
    await set(place, 'ONE', 'value');
    const old: VaultStore = { ...place, ref: 'refs/heads/old' };
    await reveal(old, alice, group, 'ONE');
    const restore = snapshot(place);
    const grown = { ...cast, bob: { identity: Identity.generate() } };
    writeRoot(place, await builder.next(readRoot(place), grown, rights, 'alice', alice));
    await set(place, 'ONE', 'newer');
    restore();
    expect(await reveal(old, alice, group, 'ONE')).toBe('value');
    const error = await failure(set(old, 'ONE', 'under the old root'));
    expect(error.code).toBe('vault/rolled-back');
    expect(error.message).toContain('is not written to, because this machine has seen root 2');
    const older: VaultStore = { ...place, ref: 'refs/heads/older' };
    expect(await failureCode(reveal(older, alice, group, 'ONE'))).toBe('vault/rolled-back');
    await (await opened(older)).acceptBranch();
    expect(await reveal(older, alice, group, 'ONE')).toBe('value');
    expect(await failureCode(describeSecret(older, alice, { group, name: 'ONE', description: 'x' }))).toBe(
      'vault/rolled-back',
    );
  });

  test('accepting a branch where the environment names the vault is recorded, too', async () => {
    const ci = { ...freshMachine(main), trust: (await opened(main)).rootHash };
    const restore = snapshot(main);
    await set(main, 'ONE', 'newer');
    await (await opened(ci)).acceptBranch();
    restore();
    expect(await failureCode(reveal(ci, alice, group, 'ONE'))).toBe('vault/rolled-back');
  });

  test('a branch that was made before its origin was seen here is judged most strictly', () => {
    const entries = new Map([['g/n', { revision: 1, signature: 's' }]]);
    const seen = { vault: 'v', fingerprint: 'f', ref: 'refs/heads/r', root: { version: 2, hash: 'h' }, entries, at: 5 };
    const pins = remember(remember(null, seen), { ...seen, ref: 'refs/heads/other', root: { version: 3, hash: 'i' } });
    const lineage = (at: number) => ({
      home: '/h',
      madeFrom: () => [{ ref: 'refs/heads/r', at }],
      trunk: () => undefined,
      isGone: () => false,
      mark: () => undefined,
      formsSince: async () => null,
      mergesHere: async () => [],
    });
    expect(expectation(pins, 'refs/heads/new', lineage(5)).root).toEqual({ version: 2, hash: 'h' });
    expect(expectation(pins, 'refs/heads/new', lineage(4)).root).toEqual({ version: 3, hash: 'i' });
  });

  test('accepting a branch again changes nothing', async () => {
    await (await opened(main)).acceptBranch();
    const before = statSync(await pinFile(main)).ino;
    await (await opened(main)).acceptBranch();
    expect(statSync(await pinFile(main)).ino).toBe(before);
  });

  test('accepting a branch accepts nothing that does not verify', async () => {
    const good = read(main, 'vault/default/ONE.yaml');
    write(main, 'vault/default/ONE.yaml', good.replace('revision: 1', 'revision: 2'));
    await (await opened(main)).acceptBranch();
    expect(await failureCode(reveal(main, alice, group, 'ONE'))).toBe('vault/tampered');
    write(main, 'vault/default/ONE.yaml', good);
    expect(await reveal(main, alice, group, 'ONE')).toBe('value');
  });
});
