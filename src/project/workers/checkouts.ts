import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { withLock } from '../../util/lock.ts';
import { mayBeAlive, readStamp, stampOfThisProcess } from '../../util/process-stamp.ts';
import { GitClone } from '../git/git-remote.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';
import { gitTop, pathInWorkTree } from '../repository/git-dir.ts';
import { readSnapshot, type Snapshot } from '../repository/snapshot.ts';
import { repositoryKey } from '../repository/state-file.ts';

/** The file with the stamp of the worker whose folder it is. */
const OWNER = 'owner.json';

/** A commit, as it was submitted, for one run. */
export interface Checkout {
  readonly root: string;
  readonly snapshot: Snapshot;
  remove(): Promise<void>;
}

/**
 * The commits that a worker runs, in the state folder: what a user edits in the worker's repository is not in them. Each run
 * has a work tree of its own, with a Git folder of its own that borrows the objects, so that nothing that a step leaves in
 * them, and no setting of Git that it makes, reaches another run.
 */
export class Checkouts {
  readonly #top: string;
  readonly #inside: string;
  readonly #folder: string;
  readonly #clone: GitClone;
  readonly #env: Ambient;

  private constructor(top: string, root: string, env: Ambient) {
    this.#top = top;
    this.#inside = pathInWorkTree(root);
    this.#folder = join(userFoldersOf(env).state, 'worker', repositoryKey(root), randomBytes(6).toString('hex'));
    this.#clone = new GitClone(join(this.#folder, 'repository'), env);
    this.#env = env;
  }

  /** @throws LockstepError `engine/commit` outside Git */
  static async open(root: string, env: Ambient): Promise<Checkouts> {
    const top = gitTop(root);
    if (top === undefined)
      throw new LockstepError('engine/commit', `${root} is not in a Git repository`, ['git init, and commit']);
    const checkouts = new Checkouts(top, root, env);
    makeFoldersSync(join(checkouts.#folder, 'repository'), 0o700);
    writeFileSync(join(checkouts.#folder, OWNER), JSON.stringify(stampOfThisProcess()), { mode: 0o600 });
    sweep(dirname(checkouts.#folder));
    await checkouts.#clone.run('init', '--quiet');
    return checkouts;
  }

  /** The folder of all of them, to be removed when the worker ends. */
  get folder(): string {
    return this.#folder;
  }

  /** @throws LockstepError `engine/refused` where neither the repository nor its remote has the commit */
  async at(commit: string): Promise<Checkout> {
    const folder = join(this.#folder, `${commit.slice(0, 12)}-${randomBytes(3).toString('hex')}`);
    const remove = () => rm(folder, { recursive: true, force: true }).catch(() => undefined);
    try {
      await withLock(join(this.#folder, 'lock'), { waitSeconds: 600 }, () => this.#fetch(commit));
      const tree = await this.#checkOut(commit, join(folder, 'tree'));
      const root = join(tree, this.#inside);
      if (!existsSync(root)) throw refused(commit, 'has no repository of Lockstep at this place');
      return { root, snapshot: await readSnapshot(root, join(folder, 'cache')), remove };
    } catch (error) {
      await remove();
      throw error;
    }
  }

  async #checkOut(commit: string, tree: string): Promise<string> {
    makeFoldersSync(tree, 0o700);
    const work = new GitClone(tree, this.#env);
    await work.run('init', '--quiet', '--template=');
    makeFoldersSync(join(tree, '.git', 'objects', 'info'), 0o700);
    const objects = join(this.#clone.root, '.git', 'objects');
    writeFileSync(join(tree, '.git', 'objects', 'info', 'alternates'), `${objects}\n`);
    await work.run('checkout', '--quiet', '--detach', commit);
    return tree;
  }

  /** From the worker's own repository, else from where that was cloned from. */
  async #fetch(commit: string): Promise<void> {
    for (const source of [undefined, this.#top, await this.#remote()]) {
      if (source !== undefined) await this.#fetchFrom(source).catch(() => undefined);
      if (await this.#has(commit)) return;
    }
    throw refused(commit, 'is neither in the repository of the worker nor in its remote');
  }

  async #fetchFrom(source: string): Promise<void> {
    await this.#clone.run(
      'fetch',
      '--quiet',
      '--no-tags',
      '--force',
      source,
      '+refs/*:refs/fetched/*',
      '+HEAD:refs/fetched/head',
    );
  }

  async #has(commit: string): Promise<boolean> {
    return this.#clone.run('cat-file', '-e', `${commit}^{commit}`).then(
      () => true,
      () => false,
    );
  }

  async #remote(): Promise<string | undefined> {
    const remote = await new GitClone(this.#top, this.#env).run('config', '--get', 'remote.origin.url').catch(() => '');
    return remote.trim() === '' ? undefined : remote.trim();
  }
}

/** Removes what killed workers have left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const stamp = readStamp(join(folder, name, OWNER));
    if (stamp !== undefined && !mayBeAlive(stamp)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function refused(commit: string, what: string): LockstepError {
  return new LockstepError('engine/refused', `the commit ${commit.slice(0, 12)} ${what}`, [
    'push it, then submit the run again',
  ]);
}
