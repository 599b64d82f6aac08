import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { beforeEach, describe, expect, test } from 'vitest';
import { parseAgeFile, sealedSize } from '../../../src/vault/age/age-file.ts';
import { initVault } from '../../../src/vault/changes/init.ts';
import { ROOT_FILE } from '../../../src/vault/format/root-document.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { SecretValue } from '../../../src/vault/secret-value.ts';
import { openVault } from '../../../src/vault/vault.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { describeSecret, grantSecret, removeSecret, revokeSecret, setSecret } from '../../rig/vault-changes.ts';
import { mountSmallDisk, smallDiskObstacle } from '../../util/small-disk.ts';
import {
  failure,
  failureCode,
  opened,
  RootBuilder,
  read,
  reveal,
  temporaryFolder,
  temporaryPlace,
  write,
  writeRoot,
} from '../rig.ts';

const group = 'default';
const alice = Identity.generate();
const address = { group, name: 'TOKEN' };

describe('making a vault', () => {
  test('makes one member with all rights, and one group', async () => {
    const place = temporaryPlace();
    const vault = await initVault(place, alice, { member: 'alice', group });
    expect(vault.members).toEqual(
      new Map([['alice', { recipient: alice.recipient, signing: alice.signingKey, admin: true }]]),
    );
    expect([...vault.groups.keys()]).toEqual([group]);
    expect(vault.groups.get(group)).toMatchObject({ epoch: 1, readers: ['alice'], writers: ['alice'], pinned: false });
    expect(vault.memberOf(alice)).toBe('alice');
    expect(vault.memberOf(Identity.generate())).toBeUndefined();
    expect(read(place, 'vault/.gitattributes')).toBe('* -text\n*.yaml merge=lockstep\n');
    expect(statSync(join(place.root, ROOT_FILE)).mode & 0o777).toBe(0o644);
    expect(await vault.verify()).toEqual([]);
  });

  test('finishes what was begun, leaves other files alone, and happens once', async () => {
    const place = temporaryPlace();
    write(place, 'vault/.gitattributes', 'mine\n');
    write(place, `vault/.lockstep-${'0'.repeat(16)}.tmp`, 'left by a killed one');
    expect(await openVault(place)).toBeNull();
    const attempts = await Promise.allSettled([1, 2, 3].map(() => initVault(place, alice, { member: 'alice', group })));
    expect(attempts.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const refused = attempts.flatMap((attempt) => (attempt.status === 'rejected' ? attempt.reason.code : []));
    expect(refused).toEqual(['vault/exists', 'vault/exists']);
    expect(readdirSync(join(place.root, 'vault')).sort()).toEqual(['.gitattributes', 'vault.yaml']);
    expect(read(place, 'vault/.gitattributes')).toBe('mine\n');
  });

  test('leaves one as it is that turns up meanwhile', async () => {
    const place = temporaryPlace();
    const making = failureCode(initVault(place, alice, { member: 'alice', group }));
    while (!existsSync(join(place.root, 'vault/.gitattributes'))) await new Promise(setImmediate);
    write(place, ROOT_FILE, 'of another');
    expect(await making).toBe('vault/exists');
    expect(read(place, ROOT_FILE)).toBe('of another');
    expect(existsSync(join(place.stateDir, 'trust'))).toBe(false);
  });

  test('is refused for names that are none, and where a broken vault stands', async () => {
    const place = temporaryPlace();
    expect(await failureCode(initVault(place, alice, { member: 'Alice', group }))).toBe('name/invalid');
    expect(await failureCode(initVault(place, alice, { member: 'alice', group: '../x' }))).toBe('name/invalid');
    expect(existsSync(join(place.root, 'vault'))).toBe(false);
    write(place, ROOT_FILE, 'broken');
    expect(await failureCode(initVault(place, alice, { member: 'alice', group }))).toBe('vault/exists');
  });

  test('takes no notice of a hash that names another vault', async () => {
    const place = { ...temporaryPlace(), trust: 'f'.repeat(64) };
    await initVault(place, alice, { member: 'alice', group });
    const { trust: _, ...plain } = place;
    expect((await opened(plain)).trusted).toBe(true);
  });
});

describe('a secret', () => {
  let place: VaultStore;
  beforeEach(async () => {
    place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group });
  });

  async function set(
    value: string | Uint8Array,
    more: { description?: string; allowWhenCreated?: string[] } = {},
  ): Promise<boolean> {
    const { created } = await setSecret(place, alice, {
      ...address,
      value: Buffer.from(value),
      allowWhenCreated: [],
      ...more,
    });
    return created;
  }

  test('is made with its grants, and set again without touching them', async () => {
    expect(await set('one', { description: 'A token', allowWhenCreated: ['tool:b', 'tool:a', 'tool:b'] })).toBe(true);
    expect(await (await opened(place)).entry(group, 'TOKEN')).toMatchObject({
      removed: false,
      group,
      name: 'TOKEN',
      description: 'A token',
      allow: ['tool:a', 'tool:b'],
      version: 1,
      revision: 1,
      epoch: 1,
      rotated: '2026-11-22',
      by: 'alice',
    });
    expect(await set('two', { allowWhenCreated: ['*'] })).toBe(false);
    const entry = await (await opened(place)).entry(group, 'TOKEN');
    expect(entry).toMatchObject({ description: 'A token', allow: ['tool:a', 'tool:b'], version: 2, revision: 2 });
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('two');
    expect(statSync(join(place.root, 'vault/default/TOKEN.yaml')).mode & 0o777).toBe(0o644);
  });

  test.each([0, 1, 65_536, 65_537, 1024 * 1024])(
    'of %i bytes is kept byte for byte, and the file shows its size',
    async (size) => {
      const value = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7 + (at >> 9)) & 0xff));
      await set(value);
      const vault = await opened(place);
      const entry = await vault.entry(group, 'TOKEN');
      if (entry === null) throw new Error('the entry was set');
      const opened_ = await vault.unseal(entry, alice);
      expect(opened_.length).toBe(size);
      expect(value.equals(opened_.reveal())).toBe(true);
      expect(sealedSize(parseAgeFile(entry.ciphertext))).toBe(size);
    },
  );

  test('larger than 1 MiB is refused, and nothing is written', async () => {
    const error = await failure(set(new Uint8Array(1024 * 1024 + 1)));
    expect(error.code).toBe('value/invalid');
    expect(error.message).toContain('1048577 bytes');
    expect(existsSync(join(place.root, 'vault/default'))).toBe(false);
  });

  test('is granted and revoked, each grant once, in order', async () => {
    await set('one', { allowWhenCreated: ['tool:b'] });
    const granted = await grantSecret(place, alice, address, ['tool:a', 'agent:z', 'tool:b as:PATH']);
    expect(granted).toMatchObject({
      allow: ['agent:z', 'tool:a', 'tool:b', 'tool:b as:PATH'],
      version: 1,
      revision: 2,
    });
    expect(await grantSecret(place, alice, address, ['tool:a'])).toMatchObject({ revision: 2 });
    expect(await revokeSecret(place, alice, address, ['tool:b', 'agent:z'])).toMatchObject({
      allow: ['tool:a', 'tool:b as:PATH'],
      revision: 3,
    });
    const slip = await failure(revokeSecret(place, alice, address, ['tool:A'])).catch((error: Error) => error);
    expect(slip).toMatchObject({ code: 'grant/invalid' });
    const absent = await failure(revokeSecret(place, alice, address, ['tool:a', 'tool:c']));
    expect(absent.message).toBe('"TOKEN" has no grant "tool:c"');
    expect(absent.hints.join()).toContain('tool:a');
    expect(await failureCode(grantSecret(place, alice, address, ['tool:b@sha256:12']))).toBe('grant/invalid');
    expect((await (await opened(place)).entry(group, 'TOKEN'))?.revision).toBe(3);
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('one');
  });

  test('stays unchanged where none of its grants is removed, and a secret without grants reports it', async () => {
    await set('one');
    expect(await revokeSecret(place, alice, address, [])).toMatchObject({ revision: 1 });
    expect((await failure(revokeSecret(place, alice, address, ['exec']))).hints).toEqual(['its grants are: none']);
  });

  test('stays unchanged where it gets more grants than a file can hold', async () => {
    await set('one', { allowWhenCreated: ['exec'] });
    const digest = `@sha256:${'0f'.repeat(32)}`;
    const grants = Array.from({ length: 25_000 }, (_, at) => `tool:t${at}${digest}`);
    const error = await failure(grantSecret(place, alice, address, grants));
    expect(error.message).toBe('vault/default/TOKEN.yaml: would be larger than a vault file may be');
    expect(error.code).toBe('vault/full');
    expect(await (await opened(place)).entry(group, 'TOKEN')).toMatchObject({ allow: ['exec'], revision: 1 });
  });

  test('is made, or made again, only if its state is the one that its writer saw', async () => {
    const change = (before: 'a secret' | 'no secret' | number, value: string) =>
      setSecret(place, alice, { ...address, value: Buffer.from(value), allowWhenCreated: [], before });
    for (const before of ['a secret', 1] as const)
      expect(await failureCode(change(before, 'x'))).toBe('secret/unknown');
    await change('no secret', 'one');
    expect((await failure(change('no secret', 'x'))).message).toBe('"TOKEN" is in group "default" already');
    await change('a secret', 'two');
    await change(2, 'three');
    expect((await failure(change(2, 'x'))).message).toBe(
      '"TOKEN" has become version 3 in the meantime; nothing was changed',
    );
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('three');
    await removeSecret(place, alice, address);
    expect(await failureCode(change('a secret', 'x'))).toBe('secret/unknown');
    await change('no secret', 'four');
  });

  test('that had a value before lists who knows it', async () => {
    const value = Buffer.from('old');
    const setting = { ...address, value, allowWhenCreated: [] };
    expect((await setSecret(place, alice, { ...setting, exposed: ['bob'] })).entry.exposed).toEqual(['bob']);
    expect('exposed' in (await setSecret(place, alice, { ...setting, exposed: [] })).entry).toBe(false);
  });

  test('gets a description, which can be removed', async () => {
    await set('one', { description: 'first' });
    const all = { description: 'Zeile eins\nZeile "zwei"  # ✓', rotateEvery: '90d', expires: '2027-01-31' };
    expect(await describeSecret(place, alice, { ...address, ...all })).toMatchObject({
      ...all,
      version: 1,
      revision: 2,
    });
    expect(await (await opened(place)).entry(group, 'TOKEN')).toMatchObject(all);
    expect(await describeSecret(place, alice, { ...address, ...all })).toMatchObject({ revision: 2 });
    const less = await describeSecret(place, alice, { ...address, description: null, expires: null });
    expect(less).toMatchObject({ rotateEvery: '90d', revision: 3 });
    expect('description' in less || 'expires' in less).toBe(false);
    for (const wrong of [
      { description: '' },
      { description: 'x'.repeat(2001) },
      { description: '\ud800' },
      { rotateEvery: '90' },
      { expires: '2027-02-30' },
    ]) {
      expect(await failureCode(describeSecret(place, alice, { ...address, ...wrong }))).toBe('metadata/invalid');
    }
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('one');
  });

  test('is removed, leaves a record, and continues from its last version', async () => {
    await set('one', { description: 'old words', allowWhenCreated: ['*'] });
    await set('two');
    await removeSecret(place, alice, address);
    const vault = await opened(place);
    expect(await vault.entry(group, 'TOKEN')).toBeNull();
    expect(await vault.record(group, 'TOKEN')).toMatchObject({ removed: true, version: 2, revision: 3, by: 'alice' });
    expect((await vault.entries(group)).entries).toEqual([]);
    expect(await vault.verify()).toEqual([]);
    const again = await failure(removeSecret(place, alice, address));
    expect(again.message).toBe('there is no longer a secret "TOKEN" in group "default"');
    expect(await set('three', { allowWhenCreated: ['exec'] })).toBe(true);
    const entry = await (await opened(place)).entry(group, 'TOKEN');
    expect(entry).toMatchObject({ version: 3, revision: 4, allow: ['exec'] });
    expect(entry?.description).toBeUndefined();
  });

  test('that does not exist is named, with the existing ones', async () => {
    await set('one');
    for (const work of [
      removeSecret,
      (...all: Parameters<typeof removeSecret>) =>
        grantSecret(...(all.slice(0, 3) as [VaultStore, Identity, typeof address]), ['exec']),
    ]) {
      const error = await failure(work(place, alice, { group, name: 'TOKEM' }));
      expect(error.code).toBe('secret/unknown');
      expect(error.hints.join()).toContain('TOKEN');
    }
    const error = await failure(
      setSecret(place, alice, { group: 'prod', name: 'X', value: Buffer.from(''), allowWhenCreated: [] }),
    );
    expect(error.message).toBe('there is no group "prod"; there is: default');
    expect(
      await failureCode(
        setSecret(place, Identity.generate(), { ...address, value: Buffer.from(''), allowWhenCreated: [] }),
      ),
    ).toBe('vault/not-a-member');
    expect(
      await failureCode(
        setSecret(temporaryPlace(), alice, { ...address, value: Buffer.from(''), allowWhenCreated: [] }),
      ),
    ).toBe('vault/missing');
  });

  test('whose name differs only in case is refused, and found where a merge brought it', async () => {
    await set('one');
    const twin = await failure(
      setSecret(place, alice, { group, name: 'Token', value: Buffer.from('x'), allowWhenCreated: [] }),
    );
    expect(twin.message).toBe('"Token" differs from "TOKEN" in group "default" in case only');
    write(place, 'vault/default/token.yaml', read(place, 'vault/default/TOKEN.yaml'));
    write(place, 'vault/default/no-name.yaml', 'x');
    write(place, 'vault/stage/X.yaml', 'x');
    write(place, 'vault/README.md', 'allowed');
    const findings = await (await opened(place)).verify();
    expect(findings.map(({ message }) => message)).toEqual([
      'vault/default/token.yaml: was signed as vault/default/TOKEN.yaml and then moved here',
      'vault/default/TOKEN.yaml: differs from "token" in case only',
      'vault/default/token.yaml: differs from "TOKEN" in case only',
      'vault/default/no-name.yaml: has a name that no secret can have',
      'vault/stage: is not the folder of a group',
    ]);
  });

  test('in a damaged file is a finding and hides no other', async () => {
    await set('one');
    const good = read(place, 'vault/default/TOKEN.yaml');
    const bad: Record<string, string | Uint8Array> = {
      BINARY: Buffer.from([0xff, 0xfe, 0x00]),
      CONFLICT: good.replace('by: alice', '<<<<<<< HEAD\nby: alice'),
      EMPTY: '',
      HUGE: Buffer.alloc(2 * 1024 * 1024 + 1, 'a'),
      MOVED: good,
    };
    for (const [name, text] of Object.entries(bad)) write(place, `vault/default/${name}.yaml`, text);
    mkdirSync(join(place.root, 'vault/default/FOLDER.yaml'));
    const { entries, findings } = await (await opened(place)).entries(group);
    expect(entries.map(({ name }) => name)).toEqual(['TOKEN']);
    expect(findings.map(({ file, code }) => `${file} ${code}`)).toEqual([
      'vault/default/BINARY.yaml vault/malformed',
      'vault/default/CONFLICT.yaml vault/malformed',
      'vault/default/EMPTY.yaml vault/malformed',
      'vault/default/FOLDER.yaml vault/malformed',
      'vault/default/HUGE.yaml vault/malformed',
      'vault/default/MOVED.yaml vault/tampered',
    ]);
    expect(findings[1]).toMatchObject({ line: 9 });
    expect(await failureCode((await opened(place)).entry(group, 'FOLDER'))).toBe('vault/malformed');
  });

  test('from another opening of the vault is not unsealed', async () => {
    await set('one');
    const entry = await (await opened(place)).entry(group, 'TOKEN');
    if (entry === null) throw new Error('the entry was set');
    expect(await failureCode((await opened(place)).unseal(entry, alice))).toBe('vault/tampered');
  });

  test('sealed to an older key of the group is reported', async () => {
    const builder = new RootBuilder();
    const there = temporaryPlace();
    const cast = { alice: { identity: alice, admin: true } };
    const first = await builder.next(
      null,
      cast,
      { [group]: { readers: ['alice'], writers: ['alice'] } },
      'alice',
      alice,
    );
    writeRoot(there, first);
    await (await opened(there)).acceptTrust();
    await setSecret(there, alice, { ...address, value: Buffer.from('old'), allowWhenCreated: [] });
    writeRoot(
      there,
      await builder.next(
        first,
        cast,
        { [group]: { readers: ['alice'], writers: ['alice'], epoch: 2 } },
        'alice',
        alice,
      ),
    );
    expect((await failure(reveal(there, alice, group, 'TOKEN'))).code).toBe('vault/undecryptable');
    await setSecret(there, alice, { ...address, value: Buffer.from('new'), allowWhenCreated: [] });
    expect(await reveal(there, alice, group, 'TOKEN')).toBe('new');
  });

  test('leaves no files of killed writers behind, and no trace of its value', async () => {
    const canary = 'canary-value-hunter2';
    mkdirSync(join(place.root, 'vault/default'));
    write(place, `vault/default/.lockstep-${'a'.repeat(16)}.tmp`, 'torn');
    await set(canary);
    expect(readdirSync(join(place.root, 'vault/default'))).toEqual(['TOKEN.yaml']);
    const seen = [
      inspect(await opened(place), { showHidden: true, depth: 12 }),
      read(place, 'vault/default/TOKEN.yaml'),
    ];
    const vault = await opened(place);
    const entry = await vault.entry(group, 'TOKEN');
    if (entry === null) throw new Error('the entry was set');
    const value = await vault.unseal(entry, alice);
    seen.push(
      inspect([vault, value, entry], { showHidden: true, depth: 12 }),
      JSON.stringify([vault, value, entry]),
      String(value),
    );
    for (const look of seen) {
      expect(look).not.toContain(canary);
      expect(look).not.toContain('AGE-SECRET-KEY');
    }
  });
});

test('on a really full disk a change is refused, and the old content stays readable', async ({ skip }) => {
  const obstacle = smallDiskObstacle();
  if (obstacle !== '') skip(obstacle);
  const place = temporaryPlace();
  const unmount = mountSmallDisk(place.root, 512);
  try {
    await initVault(place, alice, { member: 'alice', group });
    await setSecret(place, alice, { ...address, value: Buffer.alloc(100_000, 'a'), allowWhenCreated: [] });
    const error = await failure(
      setSecret(place, alice, { ...address, value: Buffer.alloc(500_000, 'b'), allowWhenCreated: [] }),
    );
    expect(error.code).toBe('file/unwritable');
    expect(error.message).toContain('the disk is full, ENOSPC');
    expect(readdirSync(join(place.root, 'vault/default'))).toEqual(['TOKEN.yaml']);
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('a'.repeat(100_000));
    await setSecret(place, alice, { ...address, value: Buffer.from('small'), allowWhenCreated: [] });
    expect(await reveal(place, alice, group, 'TOKEN')).toBe('small');
  } finally {
    unmount();
  }
});

test('only `reveal` shows a secret value, and dispose overwrites it', () => {
  const bytes = Buffer.from('hunter2');
  const value = new SecretValue(bytes);
  const looks = [
    String(value),
    `${value}`,
    JSON.stringify({ value }),
    inspect(value, { showHidden: true }),
    inspect({ deep: [value] }),
  ];
  for (const look of looks) expect(look).toContain('***');
  for (const look of looks) expect(look).not.toContain('hunter2');
  expect(Buffer.from(value.reveal()).toString()).toBe('hunter2');
  expect(value.length).toBe(7);
  value.dispose();
  expect([...bytes]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  expect(() => value.reveal()).toThrow('disposed');
});

const WRITER = `
import { readFileSync } from 'node:fs';
import { Identity } from './src/vault/identity/identity.ts';
import { setSecret } from './test/rig/vault-changes.ts';
const { place, names } = JSON.parse(process.argv[1]);
const identity = Identity.fromText(readFileSync(0, 'utf8'));
for (const name of names) {
  const value = Buffer.from('value of ' + name);
  await setSecret(place, identity, { group: 'default', name, value, allowWhenCreated: [] }, { waitSeconds: 60 });
  console.log(name);
}
`;

/** A process of its own that sets these secrets and prints each name when its setting was acknowledged. */
function writerProcess(place: VaultStore, key: string, names: readonly string[]) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, JSON.stringify({ place, names })], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: join(import.meta.dirname, '../../..'),
  });
  child.stdin.end(key);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const acknowledged = (): string[] => output.split('\n').slice(0, -1);
  return { child, acknowledged, ended: once(child, 'close'), heard: () => once(child.stdout, 'data') };
}

describe('concurrent writers', { timeout: 120_000 }, () => {
  test('16 processes each add a secret, and 6 are killed: every acknowledged secret exists, nothing is torn or stuck', async () => {
    const { clock: _, ...place } = temporaryPlace();
    const identity = Identity.generate();
    await initVault(place, identity, { member: 'alice', group });
    const key = /AGE-SECRET.*/.exec(identity.fileText(new Date()))?.[0] ?? '';
    const many = Array.from({ length: 200 }, (__, at) => at);
    const steady = Array.from({ length: 16 }, (__, at) => writerProcess(place, key, [`STEADY_${at}`]));
    const doomed = Array.from({ length: 6 }, (__, at) =>
      writerProcess(
        place,
        key,
        many.map((n) => `DOOMED_${at}_${n}`),
      ),
    );
    await Promise.all(
      doomed.map(async ({ child, ended, heard }) => {
        await heard();
        child.kill('SIGKILL');
        await ended;
      }),
    );
    await Promise.all(steady.map(({ ended }) => ended));
    const acknowledged = [...steady, ...doomed].flatMap((writer) => writer.acknowledged());
    expect(steady.every((writer) => writer.acknowledged().length === 1)).toBe(true);
    expect(acknowledged.length).toBeGreaterThanOrEqual(22);
    const vault = await opened(place);
    expect(await vault.verify()).toEqual([]);
    const names = await vault.names(group);
    expect(acknowledged.filter((name) => !names.includes(name))).toEqual([]);
    for (const name of acknowledged) expect(await reveal(place, identity, group, name)).toBe(`value of ${name}`);
    await setSecret(
      place,
      identity,
      { group, name: 'AFTER', value: Buffer.from('x'), allowWhenCreated: [] },
      { waitSeconds: 1 },
    );
    const isLeftover = (file: string): boolean => !file.endsWith('.yaml');
    expect(readdirSync(join(place.root, 'vault/default')).filter(isLeftover)).toEqual([]);
  });

  test('one secret set by 8 tasks of one process counts every change', async () => {
    const place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group });
    const tasks = Array.from({ length: 8 }, (_, at) =>
      setSecret(place, alice, { ...address, value: Buffer.from(`${at}`), allowWhenCreated: [] }, { waitSeconds: 60 }),
    );
    const results = await Promise.all(tasks);
    expect(results.map(({ entry }) => entry.version).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(results.filter(({ created }) => created).length).toBe(1);
  });

  test('a state folder that cannot be made stops the change', async () => {
    const place = temporaryPlace();
    await initVault(place, alice, { member: 'alice', group });
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const work = setSecret({ ...place, stateDir: join(file, 'state') }, alice, {
      ...address,
      value: Buffer.from('x'),
      allowWhenCreated: [],
    });
    expect(await failureCode(work)).toBe('state/unusable');
  });
});
