import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { gitLineage } from '../../../src/project/git/git-lineage.ts';
import { placeName } from '../../../src/project/repository/git-dir.ts';
import { initVault } from '../../../src/vault/changes/init.ts';
import { Identity } from '../../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../../src/vault/vault-folder.ts';
import { grantSecret, revokeSecret, setSecret } from '../../rig/vault-changes.ts';
import { failure, opened, reveal, snapshot, temporaryFolder, temporaryPlace } from '../../vault/rig.ts';

const alice = Identity.generate();
const group = 'default';
const TEN = Array.from({ length: 10 }, (_, at) => `branch-${at}`);

/** A real repository on one machine, whose clock is ours: Git's and the vault's agree, and stand still until `later`. */
class Clone {
  #now = Date.parse('2026-11-22T10:00:00Z') / 1000;
  readonly #place: VaultStore;
  refusals = 0;

  constructor(from?: Clone | 'no Git') {
    this.#place = { ...temporaryPlace(), clock: () => new Date(this.#now * 1000) };
    if (from === 'no Git') return;
    if (from !== undefined) this.git('clone', '--quiet', from.root, '.');
    else this.git('init', '--quiet', '--initial-branch=main');
  }

  static async make(): Promise<Clone> {
    const clone = new Clone();
    await initVault(clone.place, alice, { member: 'alice', group });
    await clone.set('SHARED', 'first');
    clone.commit();
    return clone;
  }

  get root(): string {
    return this.#place.root;
  }

  /** As the composition root makes it. */
  get place(): VaultStore {
    const lineage = gitLineage(this.root, process.env);
    return { ...this.#place, ref: placeName(this.root), ...(lineage && { lineage }) };
  }

  /** Without what Git tells. */
  get strictPlace(): VaultStore {
    return { ...this.#place, ref: placeName(this.root) };
  }

  later(): void {
    this.#now += 60;
  }

  git(...args: readonly string[]): string {
    const date = `@${this.#now} +0000`;
    const who = { GIT_AUTHOR_NAME: 'A', GIT_AUTHOR_EMAIL: 'a@x', GIT_COMMITTER_NAME: 'A', GIT_COMMITTER_EMAIL: 'a@x' };
    const env = {
      ...process.env,
      ...who,
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_DATE: date,
      GIT_CONFIG_GLOBAL: '/dev/null',
    };
    return execFileSync('git', args, { cwd: this.root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  commit(): void {
    this.later();
    this.git('add', '-A');
    this.git('commit', '--quiet', '-m', 'a change');
    this.later();
  }

  go(...args: readonly string[]): void {
    this.later();
    this.git('checkout', '--quiet', ...args);
    this.later();
  }

  merge(branch: string): void {
    this.later();
    this.git('merge', '--quiet', '--no-edit', '-m', 'merged', branch);
    this.later();
  }

  async set(name: string, value: string, place = this.place): Promise<void> {
    await setSecret(place, alice, { group, name, value: Buffer.from(value), allowWhenCreated: [] });
  }

  /** Everything that is there is used, as runs do; a refusal is counted, and answered as a person would. */
  async use(place = this.place): Promise<void> {
    const vault = await opened(place);
    const { findings } = await vault.entries(group);
    if (findings.length > 0) {
      this.refusals++;
      await (await opened(place)).acceptBranch();
    }
    const again = await opened(place);
    for (const entry of (await again.entries(group)).entries) (await again.unseal(entry, alice)).dispose();
  }

  async expectRefused(code = 'vault/rolled-back'): Promise<void> {
    expect((await failure(reveal(this.place, alice, group, 'SHARED'))).code).toBe(code);
  }

  async expectTaken(value: string): Promise<void> {
    expect(await reveal(this.place, alice, group, 'SHARED')).toBe(value);
  }

  get pinnedRefs(): string[] {
    return Object.keys(JSON.parse(readFileSync(this.#pinFile, 'utf8')).refs).sort();
  }

  renamePins(ref: string, name: string): void {
    const pins = JSON.parse(readFileSync(this.#pinFile, 'utf8'));
    const { [ref]: pin, ...others } = pins.refs;
    writeFileSync(this.#pinFile, JSON.stringify({ ...pins, refs: { ...others, [name]: pin } }));
  }

  get #pinFile(): string {
    const [id = ''] = /(?<=^vault: ).*$/m.exec(readFileSync(join(this.root, 'vault/vault.yaml'), 'utf8')) ?? [];
    return join(this.#place.stateDir, 'trust', `${id}.json`);
  }
}

describe('ten branches of a real repository work without one refusal', { timeout: 60_000 }, () => {
  let clone: Clone;
  beforeEach(async () => {
    clone = await Clone.make();
  });

  /** How often `trust --branch` would have to be typed, with what Git tells and without. */
  async function refusals(
    work: (place: () => VaultStore) => Promise<void>,
  ): Promise<[withGit: number, without: number]> {
    await work(() => clone.place);
    const withGit = clone.refusals;
    clone = await Clone.make();
    await work(() => clone.strictPlace);
    return [withGit, clone.refusals];
  }

  test('each made from main, given a secret, left, and checked out again', async () => {
    const counts = await refusals(async (place) => {
      for (const [at, branch] of TEN.entries()) {
        clone.go('-b', branch, 'main');
        await clone.use(place());
        await clone.set(`OF_${at}`, 'value', place());
        clone.commit();
        clone.go('main');
        await clone.use(place());
      }
      for (const branch of [...TEN, ...TEN.toReversed()]) {
        clone.go(branch);
        await clone.use(place());
      }
      clone.go('main');
      for (const branch of TEN) {
        clone.merge(branch);
        await clone.use(place());
      }
    });
    expect(counts).toEqual([0, 9]);
  });

  test('all made from main at once, worked on and merged in turn', async () => {
    const counts = await refusals(async (place) => {
      for (const branch of TEN) clone.git('branch', branch);
      for (const [at, branch] of TEN.entries()) {
        clone.go(branch);
        await clone.use(place());
        await clone.set(`OF_${at}`, 'value', place());
        clone.commit();
        clone.go('main');
        clone.merge(branch);
        await clone.use(place());
        clone.git('branch', '--quiet', '-d', branch);
      }
    });
    expect(counts).toEqual([0, 9]);
    expect(clone.pinnedRefs).toContain('refs/heads/main');
  });

  test('each made from the one before, while main moves on', async () => {
    const counts = await refusals(async (place) => {
      for (const [at, branch] of TEN.entries()) {
        clone.go('-b', branch);
        if (at % 2 === 0) await clone.set(`OF_${at}`, 'value', place());
        if (at % 2 === 0) clone.commit();
      }
      clone.go('main');
      await clone.set('SHARED', 'second', place());
      clone.commit();
      for (const branch of TEN) {
        clone.go(branch);
        await clone.use(place());
      }
    });
    expect(counts[0]).toBe(0);
    expect(counts[1]).toBeGreaterThan(0);
  });

  test('each made by a colleague from the unchanged main', async () => {
    const colleague = new Clone(clone);
    await (await opened(colleague.place)).acceptTrust();
    for (const [at, branch] of TEN.entries()) {
      colleague.go('-b', branch, 'main');
      await colleague.use();
      await colleague.set(`OF_${at}`, 'value');
      colleague.commit();
    }
    expect(colleague.refusals).toBe(0);
    const third = new Clone(colleague);
    third.git('remote', 'set-head', 'origin', 'main');
    third.go('main');
    await (await opened(third.place)).acceptTrust();
    third.go('-b', 'mine');
    await third.set('MINE', 'value');
    third.commit();
    for (const branch of TEN) {
      third.go(branch);
      await third.use();
    }
    expect(third.refusals).toBe(0);
  });

  test('deleted branches are forgotten, in this clone alone', async () => {
    for (const branch of TEN.slice(0, 3)) {
      clone.go('-b', branch, 'main');
      await clone.use();
    }
    expect(clone.pinnedRefs.length).toBe(4);
    clone.go('main');
    clone.git('branch', '--quiet', '-D', 'branch-0', 'branch-1');
    clone.git('pack-refs', '--all');
    await clone.set('SHARED', 'next');
    expect(clone.pinnedRefs).toEqual(['refs/heads/branch-2', 'refs/heads/main']);
    clone.commit();
    const other = new Clone(clone);
    const place = { ...other.place, stateDir: clone.place.stateDir };
    expect(await reveal(place, alice, group, 'SHARED')).toBe('next');
    expect(clone.pinnedRefs).toEqual(['refs/heads/branch-2', 'refs/heads/main']);
  });
});

describe('a branch with an older vault is still refused', () => {
  /** Its attacker can write to the remote and holds no key. On main a grant was revoked after `old`. */
  let remote: Clone;
  let machine: Clone;
  beforeEach(async () => {
    remote = await Clone.make();
    await grantSecret(remote.place, alice, { group, name: 'SHARED' }, ['tool:evil']);
    remote.commit();
    remote.git('branch', 'old');
    await revokeSecret(remote.place, alice, { group, name: 'SHARED' }, ['tool:evil']);
    remote.commit();
    machine = new Clone(remote);
    await (await opened(machine.place)).acceptTrust();
    await machine.use();
    expect(machine.refusals).toBe(0);
  });

  test('that others made, under any name', async () => {
    for (const name of ['feature', 'HEAD-of-main', 'main2']) {
      remote.git('branch', name, 'old');
      machine.git('fetch', '--quiet');
      machine.go(name);
      await machine.expectRefused();
      machine.go('-b', `copy-of-${name}`, `origin/${name}`);
      await machine.expectRefused();
      machine.go('--detach', `origin/${name}`);
      await machine.expectRefused();
    }
  });

  test('that hides it behind an old branch which was accepted here once', async () => {
    machine.git('branch', 'legacy', 'origin/old');
    machine.go('legacy');
    await machine.expectRefused();
    await (await opened(machine.place)).acceptBranch();
    await machine.expectTaken('first');
    remote.go('-b', 'feature', 'old');
    remote.git('commit', '--quiet', '--allow-empty', '-m', 'malicious');
    machine.git('fetch', '--quiet');
    machine.go('main');
    machine.go('feature');
    await machine.expectRefused();
  });

  test('that was made here, out of an older commit', async () => {
    for (const start of ['main~1', 'HEAD~1', machine.git('rev-parse', 'main~1').trim(), 'origin/old']) {
      machine.go('main');
      machine.go('-B', 'topic', start);
      await machine.expectRefused();
      machine.go('main');
      machine.git('branch', '-D', 'topic');
    }
  });

  test('that was made here out of main and then moved to older content', async () => {
    machine.go('-b', 'topic', 'main');
    machine.git('reset', '--quiet', '--hard', 'origin/old');
    await machine.expectRefused();
    machine.go('main');
    machine.go('-b', 'other');
    machine.git('restore', '--source=origin/old', '--', 'vault');
    await machine.expectRefused();
  });

  test('that was made here out of a main which was rolled back unseen', async () => {
    machine.git('reset', '--quiet', '--hard', 'origin/old');
    machine.go('-b', 'topic');
    await machine.expectRefused();
    machine.go('main');
    await machine.expectRefused();
  });

  test('whose commits imitate a reflog', async () => {
    remote.go('-b', 'feature', 'old');
    remote.git('commit', '--quiet', '--allow-empty', '-m', 'branch: Created from main');
    machine.git('fetch', '--quiet');
    machine.go('feature');
    await machine.expectRefused();
  });

  test('when reflogs are off: without a record from Git, nothing is believed', async () => {
    machine.go('-b', 'ahead');
    await machine.set('NEW', 'value');
    machine.commit();
    machine.git('config', 'core.logAllRefUpdates', 'false');
    machine.git('remote', 'set-head', 'origin', '--delete');
    machine.go('-b', 'topic', 'main');
    expect(gitLineage(machine.root, process.env)?.madeFrom()).toEqual([]);
    expect(gitLineage(machine.root, process.env)?.trunk()).toBeUndefined();
    const vault = await opened(machine.place);
    expect((await vault.entries(group)).findings.map(({ file }) => file)).toEqual(['vault/default/NEW.yaml']);
  });
});

describe('the starting point of a branch', () => {
  test('counts as it was at that moment, and not as it was before', async () => {
    const clone = await Clone.make();
    const [first] = clone.git('rev-parse', 'HEAD').split('\n');
    await clone.set('SHARED', 'second');
    clone.commit();
    clone.git('branch', 'topic');
    clone.later();
    await clone.set('SHARED', 'third');
    clone.commit();
    clone.go('topic');
    await clone.expectTaken('second');
    clone.git('branch', 'twin', 'main');
    clone.later();
    clone.go('twin');
    clone.git('reset', '--quiet', '--hard', first ?? '');
    await clone.expectRefused();
  });

  test('in the same second as a change counts as changed', async () => {
    const clone = await Clone.make();
    clone.git('branch', 'topic');
    await clone.set('SHARED', 'second');
    clone.commit();
    clone.go('topic');
    await clone.expectRefused();
  });

  test('is known in linked work trees and with packed refs too', async () => {
    const clone = await Clone.make();
    const folder = join(temporaryFolder(), 'linked');
    clone.git('worktree', 'add', '--quiet', '-b', 'linked', folder, 'main');
    clone.git('pack-refs', '--all');
    const lineage = gitLineage(folder, process.env);
    expect(lineage?.madeFrom().map(({ ref }) => ref)).toEqual(['refs/heads/main']);
    expect(lineage?.home).toBe(gitLineage(clone.root, process.env)?.home);
    expect(lineage?.isGone('refs/heads/main')).toBe(false);
    expect(lineage?.isGone('refs/heads/linked')).toBe(false);
    expect(lineage?.isGone('refs/heads/lin')).toBe(true);
    expect(lineage?.isGone('detached')).toBe(false);
    expect(gitLineage(temporaryFolder(), process.env)).toBeUndefined();
    mkdirSync(join(clone.root, 'part/of/it'), { recursive: true });
    expect(gitLineage(join(clone.root, 'part/of/it'), process.env)?.home).toBe(lineage?.home);
    expect(placeName(join(clone.root, 'part/of/it'))).toBe('refs/heads/main');
  });
});

describe('a place without a branch has no memory of its own', () => {
  test('pins made before `git init` hold for every branch, also where no main branch is known', async () => {
    const clone = new Clone('no Git');
    await initVault(clone.place, alice, { member: 'alice', group });
    await clone.set('SHARED', 'first');
    const old = snapshot(clone.place);
    await clone.set('SHARED', 'second');
    clone.git('init', '--quiet', '--initial-branch=main');
    clone.commit();
    clone.go('--orphan', 'pushed');
    old();
    await clone.expectRefused();
    expect(clone.pinnedRefs).toEqual(['unnamed']);
  });

  test('accepting a folder accepts no other folder, and no branch', async () => {
    const clone = new Clone('no Git');
    await initVault(clone.place, alice, { member: 'alice', group });
    await clone.set('SHARED', 'first');
    const old = snapshot(clone.place);
    await clone.set('SHARED', 'second');
    old();
    await clone.expectRefused();
    await (await opened(clone.place)).acceptBranch();
    await clone.expectTaken('first');
    const elsewhere = { ...clone.place, ref: 'folder:/elsewhere' };
    expect((await failure(reveal(elsewhere, alice, group, 'SHARED'))).code).toBe('vault/rolled-back');
    clone.git('init', '--quiet', '--initial-branch=main');
    await clone.expectRefused();
  });

  test('accepting a detached commit accepts no other commit', async () => {
    const clone = await Clone.make();
    await clone.set('SHARED', 'second');
    clone.commit();
    clone.go('--detach', 'HEAD~1');
    await clone.expectRefused();
    await (await opened(clone.place)).acceptBranch();
    await clone.expectTaken('first');
    clone.git('commit', '--quiet', '--allow-empty', '-m', 'pushed by somebody');
    await clone.expectRefused();
    clone.go('HEAD~1');
    await clone.expectTaken('first');
  });

  test('a state seen on a detached HEAD counts on branches that were not seen yet', async () => {
    const clone = await Clone.make();
    clone.git('branch', 'pushed', clone.git('rev-parse', 'HEAD').trim());
    clone.go('--detach');
    await clone.set('SHARED', 'second');
    clone.commit();
    clone.go('pushed', '--');
    await clone.expectRefused();
  });

  test('the pins of former versions still count, and their empty names match no branch', async () => {
    const clone = await Clone.make();
    const old = snapshot(clone.place);
    await clone.set('SHARED', 'second');
    clone.renamePins('refs/heads/main', '');
    old();
    clone.go('-b', 'pushed');
    await clone.expectRefused('vault/undone');
    expect(clone.pinnedRefs).toEqual(['']);
    await (await opened(clone.place)).acceptBranch();
    expect(clone.pinnedRefs).toEqual(['refs/heads/pushed', 'unnamed']);
  });
});
