import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { vaultFacts } from '../../src/project/checking/vault-problems.ts';
import { gitLineage } from '../../src/project/git/git-lineage.ts';
import { placeName } from '../../src/project/repository/git-dir.ts';
import { initVault } from '../../src/vault/changes/init.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import type { VaultStore } from '../../src/vault/vault-folder.ts';
import { addGroup, addMember, grantSecret, removeMember, revokeSecret, setSecret } from '../rig/vault-changes.ts';
import { failure, opened, reveal, temporaryFolder } from '../vault/rig.ts';

const [ada, bob] = [Identity.generate(), Identity.generate()];
const group = 'default';
const file = 'vault/default/TOKEN.yaml';

/** One person's clone and machine. */
class Machine {
  readonly root = join(temporaryFolder(), 'repository');
  readonly #stateDir = temporaryFolder();
  readonly #who: Identity;
  readonly said: string[] = [];

  constructor(who: Identity, from?: string) {
    this.#who = who;
    mkdirSync(this.root);
    if (from === undefined) this.git('init', '--quiet', '--initial-branch=main');
    else this.git('clone', '--quiet', from, '.');
  }

  get store(): VaultStore {
    const lineage = gitLineage(this.root, process.env);
    const warn = (message: string) => this.said.push(message);
    return { root: this.root, stateDir: this.#stateDir, ref: placeName(this.root), ...(lineage && { lineage }), warn };
  }

  git(...args: readonly string[]): string {
    const settings = [
      'user.name=A',
      'user.email=a@x',
      'core.editor=true',
      'pull.rebase=false',
      'core.attributesFile=/dev/null',
    ];
    const all = [...settings.flatMap((one) => ['-c', one]), ...args];
    const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null' };
    return execFileSync('git', all, { cwd: this.root, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  conflict(...args: readonly string[]): void {
    expect(() => this.git(...args)).toThrow();
  }

  commit(): void {
    this.git('add', '-A');
    this.git('commit', '--quiet', '-m', 'a change');
  }

  push(): void {
    this.git('push', '--quiet', 'origin', 'HEAD:main');
  }

  async trust(): Promise<void> {
    await (await opened(this.store)).acceptTrust();
  }

  async set(value: string, name = 'TOKEN'): Promise<void> {
    await setSecret(this.store, this.#who, { group, name, value: Buffer.from(value), allowWhenCreated: ['exec'] });
  }

  reveal(): Promise<string> {
    return reveal(this.store, this.#who, group, 'TOKEN');
  }

  async accept(): Promise<void> {
    await (await opened(this.store)).acceptSecret(group, 'TOKEN');
  }

  /** What `check` says of the vault. */
  async check(): Promise<string[]> {
    const { problems } = await vaultFacts(this.root, () => opened(this.store));
    return problems.map(({ severity, message }) => `${severity}: ${message}`);
  }
}

let origin: string;
let mine: Machine;
let others: Machine;
beforeEach(async () => {
  mine = new Machine(ada);
  await initVault(mine.store, ada, { member: 'ada', group });
  const card = { recipient: bob.recipient, signing: bob.signingKey };
  await addMember(mine.store, ada, { name: 'bob', card, read: [group], write: [group], admin: true });
  await mine.set('one');
  mine.commit();
  origin = join(temporaryFolder(), 'origin.git');
  mine.git('clone', '--quiet', '--bare', mine.root, origin);
  mine.git('remote', 'add', 'origin', origin);
  mine.git('fetch', '--quiet');
  mine.git('branch', '--quiet', '--set-upstream-to=origin/main');
  others = new Machine(bob, origin);
  await others.trust();
  await others.reveal();
});

const DISCARDS = [
  ['checkout', (at: Machine) => at.git('checkout', '--', 'vault')],
  ['restore', (at: Machine) => at.git('restore', 'vault')],
  ['reset --hard', (at: Machine) => at.git('reset', '--quiet', '--hard')],
  ['stash', (at: Machine) => at.git('stash')],
] as const;

describe.each(DISCARDS)('an uncommitted change that git %s discards', (_, discard) => {
  test('is reported, blocks no commit, and is settled for that one secret', async () => {
    await mine.set('two');
    discard(mine);
    const error = await failure(mine.reveal());
    expect(error.code).toBe('vault/undone');
    expect(error.message).toContain('is at revision 1, and revision 2 was made on this machine and never committed');
    expect(error.hints).toContain('if the change is to be dropped: lockstep trust --secret TOKEN --group default');
    expect(error.hints.join()).not.toContain('git pull');
    expect(await mine.check()).toEqual([expect.stringMatching(/^warning: is at revision 1/)]);
    await mine.accept();
    expect(await mine.reveal()).toBe('one');
    expect(await mine.check()).toEqual([]);
  });

  test('does not keep the secret from being set again, with a version above all that was seen', async () => {
    await mine.set('two');
    discard(mine);
    await mine.set('three');
    expect(await mine.reveal()).toBe('three');
    expect(readFileSync(join(mine.root, file), 'utf8')).toContain('\nrevision: 3\n');
    mine.commit();
    mine.push();
    others.git('pull', '--quiet');
    expect(await others.reveal()).toBe('three');
  });

  test('is dropped without a question where it took nothing away, and this is reported', async () => {
    await grantSecret(mine.store, ada, { group, name: 'TOKEN' }, ['tool:deploy']);
    discard(mine);
    expect(await mine.reveal()).toBe('one');
    expect(mine.said.join()).toContain('revision 2 was made on this machine, never committed and discarded');
    mine.said.length = 0;
    expect(await mine.reveal()).toBe('one');
    expect(mine.said).toEqual([]);
  });

  test('is not overwritten where it took a grant away: a person decides first', async () => {
    await revokeSecret(mine.store, ada, { group, name: 'TOKEN' }, ['exec']);
    discard(mine);
    const error = await failure(mine.set('two'));
    expect(error.code).toBe('vault/undone');
    expect(error.message).toContain('going back means access that it took away');
    expect(error.hints).toEqual(['if the change is to be dropped: lockstep trust --secret TOKEN --group default']);
    await mine.accept();
    await mine.set('two');
    expect(await mine.reveal()).toBe('two');
  });

  test('that added members does not keep other people from writing', async () => {
    await addGroup(mine.store, ada, { name: 'prod', pinned: false });
    discard(mine);
    await mine.set('two');
    await addGroup(mine.store, ada, { name: 'stage', pinned: false });
    expect([...(await opened(mine.store)).groups.keys()].sort()).toEqual(['default', 'stage']);
    expect(mine.said.join()).toContain('vault/vault.yaml: revision 3 was made on this machine');
  });

  test('of a member who was removed is accepted by a person, who can write again', async () => {
    await removeMember(mine.store, ada, 'bob');
    discard(mine);
    const error = await failure(mine.set('two'));
    expect(error.code).toBe('vault/undone');
    expect(error.hints.join()).toContain('lockstep trust --branch');
    await (await opened(mine.store)).acceptBranch();
    await mine.set('two');
    expect(await mine.reveal()).toBe('two');
  });
});

test('a stashed change that comes back counts again', async () => {
  await mine.set('two');
  mine.git('stash');
  await mine.accept();
  mine.git('stash', 'pop', '--quiet');
  expect(await mine.reveal()).toBe('two');
});

test('a new secret that was discarded is gone', async () => {
  await mine.set('one', 'OTHER');
  mine.git('clean', '-fdq', 'vault');
  expect(await mine.check()).toEqual([]);
  expect(await (await opened(mine.store)).entry(group, 'OTHER')).toBeNull();
});

test('a discarded change stays one when other commits are pulled and made', async () => {
  await mine.set('two');
  mine.git('checkout', '--', 'vault');
  await others.set('one', 'OTHER');
  others.commit();
  others.push();
  mine.git('pull', '--quiet');
  writeFileSync(join(mine.root, 'README'), 'text\n');
  mine.commit();
  expect((await failure(mine.reveal())).code).toBe('vault/undone');
  await mine.accept();
  expect(await mine.reveal()).toBe('one');
});

describe('a change that was committed here', () => {
  test.each([
    ['reset --hard', (at: Machine) => at.git('reset', '--quiet', '--hard', 'HEAD~1')],
    [
      'amend',
      (at: Machine) => {
        at.git('checkout', 'HEAD~1', '--', 'vault');
        at.git('commit', '--quiet', '--amend', '--allow-empty', '--no-edit');
      },
    ],
    ['rebase', (at: Machine) => at.git('rebase', '--quiet', '--onto', 'HEAD~1', 'HEAD')],
  ])('that git %s left behind is named with its commit, to restore it or to drop it', async (_, leave) => {
    await mine.set('two');
    mine.commit();
    const commit = mine.git('rev-parse', '--short=12', 'HEAD').trim();
    mine.git('checkout', '--quiet', '-B', 'main');
    leave(mine);
    const error = await failure(mine.reveal());
    expect(error.message).toContain(`revision 2 was made on this machine and is in commit ${commit}`);
    expect(error.hints[0]).toBe(`to have it back: git checkout ${commit} -- ${file}`);
    await mine.accept();
    expect(await mine.reveal()).toBe('one');
    mine.git('checkout', commit, '--', file);
    expect(await mine.reveal()).toBe('two');
  });

  test('that was pushed and that another person removed from the remote is refused after reset --hard', async () => {
    await revokeSecret(mine.store, ada, { group, name: 'TOKEN' }, ['exec']);
    mine.commit();
    mine.push();
    others.git('push', '--quiet', '--force', 'origin', 'HEAD~0:main');
    mine.git('fetch', '--quiet');
    mine.git('reset', '--quiet', '--hard', 'origin/main');
    const error = await failure(mine.reveal());
    expect(error.code).toBe('vault/rolled-back');
    expect(await mine.check()).toEqual([expect.stringMatching(/^error: /)]);
    expect((await failure(mine.set('next'))).code).toBe('vault/rolled-back');
  });

  test('is not taken for a discarded change in a new clone', async () => {
    await revokeSecret(mine.store, ada, { group, name: 'TOKEN' }, ['exec']);
    mine.commit();
    const clone = new Machine(ada, origin);
    const place = { ...clone.store, stateDir: mine.store.stateDir };
    expect((await failure(reveal(place, ada, group, 'TOKEN'))).code).toBe('vault/rolled-back');
  });

  test('is not taken for a discarded change when the log of HEAD was cut', async () => {
    await mine.set('two');
    mine.commit();
    mine.git('reset', '--quiet', '--hard', 'HEAD~1');
    mine.git('reflog', 'expire', '--expire=all', '--all');
    expect((await failure(mine.reveal())).code).toBe('vault/rolled-back');
  });
});

describe('two people who change one secret', () => {
  beforeEach(async () => {
    await mine.set('mine');
    mine.commit();
    mine.push();
    await others.set('theirs');
    others.commit();
  });

  test.each(['merge', 'pull'])(
    'the person who merges by git %s may take either side, before and after the commit',
    async (how) => {
      others.git('fetch', '--quiet');
      others.conflict(...(how === 'merge' ? ['merge', 'origin/main'] : ['pull']));
      others.git('checkout', '--theirs', '--', file);
      others.git('add', file);
      expect(await others.check()).toEqual([]);
      others.git('commit', '--quiet', '--no-edit');
      expect(await others.check()).toEqual([]);
      expect(others.said.join()).toContain("a merge took the other side's change instead of revision 2");
      expect(await others.reveal()).toBe('mine');
      await others.set('both');
      others.commit();
      others.push();
      mine.git('pull', '--quiet');
      expect(await mine.reveal()).toBe('both');
    },
  );

  test('two changes on one side are no obstacle', async () => {
    await others.set('theirs again');
    others.commit();
    others.git('fetch', '--quiet');
    others.conflict('merge', 'origin/main');
    others.git('checkout', '--theirs', '--', file);
    others.git('add', file);
    others.git('commit', '--quiet', '--no-edit');
    expect(await others.reveal()).toBe('mine');
  });

  test('a side that was not added to the index is not settled', async () => {
    others.git('fetch', '--quiet');
    others.conflict('merge', 'origin/main');
    others.git('checkout', '--theirs', '--', file);
    expect((await failure(others.reveal())).code).toBe('vault/forked');
  });

  test('the other person, whose side was not taken, can continue, and decides about the secret', async () => {
    others.git('fetch', '--quiet');
    others.conflict('merge', 'origin/main');
    others.git('checkout', '--ours', '--', file);
    others.git('add', file);
    others.git('commit', '--quiet', '--no-edit');
    expect(await others.reveal()).toBe('theirs');
    others.push();
    mine.git('pull', '--quiet');
    const error = await failure(mine.reveal());
    expect(error.code).toBe('vault/forked');
    expect(error.message).toContain('holds revision 2 by bob instead of the revision 2 that this machine has seen');
    expect(await mine.check()).toEqual([expect.stringMatching(/^warning: holds revision 2 by bob/)]);
    await mine.accept();
    expect(await mine.reveal()).toBe('theirs');
  });

  test('a rebase that takes the other side is reported, because it may take it without a question', async () => {
    others.git('fetch', '--quiet');
    others.conflict('rebase', 'origin/main');
    others.git('checkout', '--ours', '--', file);
    others.git('add', file);
    others.git('rebase', '--skip');
    expect((await failure(others.reveal())).code).toBe('vault/forked');
    await others.accept();
    expect(await others.reveal()).toBe('mine');
  });

  test('a cherry-pick that takes the other side is reported too', async () => {
    others.git('fetch', '--quiet');
    others.conflict('cherry-pick', 'origin/main');
    others.git('checkout', '--theirs', '--', file);
    others.git('add', file);
    others.git('commit', '--quiet', '--no-edit');
    expect((await failure(others.reveal())).code).toBe('vault/forked');
  });
});

describe('an attacker who can push, and has no key', () => {
  let old: string;
  beforeEach(async () => {
    old = mine.git('rev-parse', 'HEAD').trim();
    await revokeSecret(mine.store, ada, { group, name: 'TOKEN' }, ['exec']);
    mine.commit();
    mine.push();
    others.git('pull', '--quiet');
  });

  const putBack = (): void => {
    others.git('checkout', old, '--', file);
    others.commit();
    others.push();
  };

  test('commits an old state on top: refused', async () => {
    putBack();
    mine.git('pull', '--quiet');
    expect((await failure(mine.reveal())).code).toBe('vault/rolled-back');
  });

  test('brings it in by a merge without a conflict: refused', async () => {
    putBack();
    writeFileSync(join(mine.root, 'README'), 'text\n');
    mine.commit();
    mine.git('pull', '--quiet', '--no-edit');
    expect(mine.git('rev-parse', 'HEAD^2').trim()).not.toBe('');
    expect((await failure(mine.reveal())).code).toBe('vault/rolled-back');
  });

  test('makes it conflict, and the person who takes it can tell: refused', async () => {
    await mine.set('two');
    mine.commit();
    putBack();
    mine.conflict('pull');
    mine.git('checkout', '--theirs', '--', file);
    mine.git('add', file);
    mine.git('commit', '--quiet', '--no-edit');
    expect((await failure(mine.reveal())).code).toBe('vault/rolled-back');
  });

  test('replaces this change with another one of the same time: not used', async () => {
    others.git('checkout', '--quiet', '-B', 'fork', old);
    const place = { ...others.store, stateDir: temporaryFolder() };
    await (await opened(place)).acceptTrust();
    await setSecret(place, bob, { group, name: 'TOKEN', value: Buffer.from('other'), allowWhenCreated: [] });
    others.commit();
    const form = others.git('rev-parse', 'HEAD').trim();
    others.git('checkout', '--quiet', 'main');
    others.git('checkout', form, '--', file);
    others.commit();
    others.push();
    writeFileSync(join(mine.root, 'README'), 'text\n');
    mine.commit();
    mine.git('pull', '--quiet', '--no-edit');
    expect((await failure(mine.reveal())).code).toBe('vault/forked');
  });
});
