import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import { openVault } from '../../../src/vault/vault.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { LOCKSTEP } from '../../rig/repository.ts';
import { describeSecret, grantSecret, removeSecret, setSecret } from '../../rig/vault-changes.ts';

const TRIALS = process.env.LONG ? 150 : 12;
const NAMES = ['ALPHA', 'BRAVO', 'CHARLIE', 'DELTA', 'ECHO', 'FOXTROT'];

/** Two people with a clone each, of a repository with a vault that both may write: one identity serves for both. */
class TwoClones {
  readonly folder = mkdtempSync(join(tmpdir(), 'lockstep-merge-'));
  readonly identity = Identity.generate();
  readonly ours = this.place('ours');
  readonly theirs = this.place('theirs');
  readonly #env: Record<string, string>;

  constructor() {
    const bin = join(this.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'lockstep'), `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`);
    chmodSync(join(bin, 'lockstep'), 0o755);
    this.#env = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: this.folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@example.com',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@example.com',
    };
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  private place(name: string): VaultStore {
    return { root: join(this.folder, name), stateDir: join(this.folder, `state-of-${name}`), ref: 'refs/heads/main' };
  }

  async begin(): Promise<void> {
    execFileSync('git', ['init', '-q', '-b', 'main', this.ours.root], { env: this.#env });
    await initVault(this.ours, this.identity, { member: 'ada', group: 'dev' });
    for (const name of NAMES.slice(0, 4)) await this.set(this.ours, name, `first value of ${name}`);
    this.commit(this.ours);
    execFileSync('git', ['clone', '-q', this.ours.root, this.theirs.root], { env: this.#env });
    for (const place of [this.ours, this.theirs]) this.git(place, 'config', 'user.name', 'a');
    for (const place of [this.ours, this.theirs])
      spawnSync(process.execPath, [LOCKSTEP, 'git', 'install'], { cwd: place.root, env: this.#env });
    await (await openVault(this.theirs))?.acceptTrust();
  }

  set(place: VaultStore, name: string, value: string) {
    return setSecret(place, this.identity, { group: 'dev', name, value: Buffer.from(value), allowWhenCreated: [] });
  }

  git(place: VaultStore, ...args: string[]) {
    const { status, stdout, stderr } = spawnSync('git', args, { cwd: place.root, env: this.#env, encoding: 'utf8' });
    return { status, said: stdout + stderr };
  }

  commit(place: VaultStore): void {
    this.git(place, 'add', '-A');
    this.git(place, 'commit', '-q', '-m', 'change');
  }

  /** Theirs into ours. */
  merge() {
    return this.git(this.ours, 'pull', '-q', '--no-rebase', '--no-edit', this.theirs.root, 'main');
  }

  async findings() {
    return (await openVault(this.ours))?.verify();
  }
}

/** A change of one kind or another to one secret. */
async function changeAtRandom(clones: TwoClones, place: VaultStore, name: string, random: () => number): Promise<void> {
  const address = { group: 'dev', name };
  const known = await (await openVault(place))?.entry('dev', name);
  const kind = known === null ? 0 : Math.floor(random() * 4);
  if (kind === 0) await clones.set(place, name, `value ${random()}`);
  else if (kind === 1) await describeSecret(place, clones.identity, { ...address, description: `words ${random()}` });
  else if (kind === 2) await grantSecret(place, clones.identity, address, [`tool:t${Math.floor(random() * 1e6)}`]);
  else await removeSecret(place, clones.identity, address);
}

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

describe('branches that change different secrets', () => {
  test(`merge without a conflict and verify, in ${TRIALS} random trials`, { timeout: 600_000 }, async () => {
    const clones = new TwoClones();
    await clones.begin();
    const random = randomFrom(7);
    let conflicts = 0;
    for (let trial = 0; trial < TRIALS; trial++) {
      const shuffled = [...NAMES].sort(() => random() - 0.5);
      await changeAtRandom(clones, clones.ours, shuffled[0] ?? '', random);
      await changeAtRandom(clones, clones.ours, shuffled[1] ?? '', random);
      await changeAtRandom(clones, clones.theirs, shuffled[2] ?? '', random);
      await changeAtRandom(clones, clones.theirs, shuffled[3] ?? '', random);
      clones.commit(clones.ours);
      clones.commit(clones.theirs);
      const { status, said } = clones.merge();
      if (status !== 0) conflicts++;
      expect(said).not.toContain('CONFLICT');
      expect(await clones.findings()).toEqual([]);
      clones.git(clones.theirs, 'pull', '-q', clones.ours.root, 'main');
    }
    expect(conflicts).toBe(0);
  });
});

describe('branches that change the same secret', () => {
  test('conflict by name, with both sides described, and our signed file is left whole', async () => {
    const clones = new TwoClones();
    await clones.begin();
    await clones.set(clones.ours, 'ALPHA', 'ours');
    await describeSecret(clones.theirs, clones.identity, { group: 'dev', name: 'ALPHA', description: 'theirs' });
    clones.commit(clones.ours);
    clones.commit(clones.theirs);
    const file = join(clones.ours.root, 'vault/dev/ALPHA.yaml');
    const before = readFileSync(file, 'utf8');
    const { status, said } = clones.merge();
    expect(status).not.toBe(0);
    expect(said).toContain('the secret ALPHA of dev was changed on both sides: ours is version 2 of ');
    expect(said).toContain('theirs is version 1 of ');
    expect(said).toContain("git checkout --theirs -- 'vault/dev/ALPHA.yaml'");
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(clones.git(clones.ours, 'ls-files', '-u').said).toContain('vault/dev/ALPHA.yaml');
    expect(await clones.findings()).toEqual([]);
  });

  test('in the same way merge silently', async () => {
    const clones = new TwoClones();
    await clones.begin();
    await clones.set(clones.ours, 'ALPHA', 'the same');
    const changed = readFileSync(join(clones.ours.root, 'vault/dev/ALPHA.yaml'));
    writeFileSync(join(clones.theirs.root, 'vault/dev/ALPHA.yaml'), changed);
    clones.commit(clones.ours);
    clones.commit(clones.theirs);
    expect(clones.merge().status).toBe(0);
    expect(await clones.findings()).toEqual([]);
  });
});

test('a diff of one secret is readable', async () => {
  const clones = new TwoClones();
  await clones.begin();
  await grantSecret(clones.ours, clones.identity, { group: 'dev', name: 'ALPHA' }, ['tool:deploy']);
  const { said } = clones.git(clones.ours, 'diff', '-U0', '--', 'vault/dev/ALPHA.yaml');
  const lines = said.split('\n').filter((line) => /^[-+](?![-+])/.test(line));
  expect(lines.map((line) => line.replace(/: .*/, ''))).toEqual([
    '-allow',
    '+allow',
    '-revision',
    '+revision',
    '-signature',
    '+signature',
  ]);
});

test('installing twice changes nothing more, and keeps the lines of .gitattributes', async () => {
  const clones = new TwoClones();
  await clones.begin();
  writeFileSync(join(clones.ours.root, 'vault/.gitattributes'), '*.yaml linguist-generated');
  const install = () =>
    spawnSync('lockstep', ['git', 'install'], {
      cwd: clones.ours.root,
      env: { PATH: `${clones.folder}/bin:${process.env.PATH}`, HOME: clones.folder },
      encoding: 'utf8',
    });
  expect(install()).toMatchObject({ status: 0, stdout: expect.stringContaining('added *.yaml merge=lockstep') });
  const after = readFileSync(join(clones.ours.root, 'vault/.gitattributes'), 'utf8');
  expect(after).toBe('*.yaml linguist-generated\n* -text\n*.yaml merge=lockstep\n');
  expect(install()).toMatchObject({ status: 0, stdout: expect.not.stringContaining('added') });
  expect(readFileSync(join(clones.ours.root, 'vault/.gitattributes'), 'utf8')).toBe(after);
});
