import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ErrorCode, LockstepError } from '../../errors.ts';
import type { ProblemReport } from '../../text/problem-report.ts';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { withLock } from '../../util/lock.ts';
import { GitClone } from '../git/git-remote.ts';
import { Project } from '../project.ts';
import { userFoldersOf } from '../repository/config.ts';
import type { ProjectOptions } from '../repository/project-options.ts';

/** Why a commit is not served: a problem of `check`, or an error of its vault. */
export interface CommitProblem extends Omit<ProblemReport, 'code'> {
  readonly code: ProblemReport['code'] | ErrorCode;
}

/** Which branch a server follows, and how that goes. */
export interface Following {
  readonly remote: string;
  readonly branch: string;
  /** The commit that is served. */
  readonly commit: string;
  /** When the remote was last asked, ISO 8601, UTC. */
  readonly asked: string;
  /** A newer commit that is not served, and why. */
  readonly refused?: { readonly commit: string; readonly problems: readonly CommitProblem[] };
  /** Why the remote could not be asked. */
  readonly failure?: string;
}

export interface FollowOptions extends Omit<ProjectOptions, 'cwd' | 'directory'> {
  readonly remote: string;
  readonly branch: string;
}

/** The head of the remote's branch, as the last fetch found it. */
const NEWEST = 'refs/remotes/served/head';

/**
 * Follows a branch of a remote in a clone of its own: fetches, checks the whole commit beside the work tree, and switches
 * the work tree to it where the vault verifies and the definitions have no errors.
 */
export class GitFollower {
  readonly #options: FollowOptions;
  readonly #clone: GitClone;
  readonly #folder: string;
  #following: Following | undefined;

  private constructor(options: FollowOptions, folder: string) {
    this.#options = options;
    this.#folder = folder;
    this.#clone = new GitClone(join(folder, 'repository'), options.env);
  }

  /** Resolves when a commit is checked out. @throws LockstepError `server/git`, or `server/commit` for one with errors */
  static async open(options: FollowOptions): Promise<GitFollower> {
    requirePlainRemote(options.remote);
    const name = createHash('sha256').update(`${options.remote}\n${options.branch}`).digest('hex').slice(0, 16);
    const folder = join(userFoldersOf(options.env).state, 'served', name);
    makeFoldersSync(join(folder, 'repository'), 0o700);
    const follower = new GitFollower(options, folder);
    await follower.#clone.run('init', '--quiet', '--initial-branch', options.branch);
    const following = await follower.follow();
    const first = following.refused?.problems[0];
    if (following.commit === '')
      throw new LockstepError(
        following.failure === undefined ? 'server/commit' : 'server/git',
        following.failure ??
          `${options.branch} of ${options.remote} is not served: ${first?.file ?? ''}: ${first?.message ?? ''}`,
        ['lockstep check, in a checkout of that branch'],
      );
    return follower;
  }

  /** The work tree. */
  get root(): string {
    return this.#clone.root;
  }

  get following(): Following {
    const { remote, branch } = this.#options;
    return this.#following ?? { remote, branch, commit: '', asked: '' };
  }

  /** Asks the remote now, and switches to what is new and sound. */
  follow(): Promise<Following> {
    return withLock(join(this.#folder, 'lock'), { waitSeconds: 60 }, () => this.#follow());
  }

  /** Asks it again and again until the signal is aborted. */
  async keepFollowing(everySeconds: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(everySeconds * 1000, undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.follow().catch(() => undefined);
    }
  }

  async #follow(): Promise<Following> {
    const { remote, branch } = this.#options;
    const commit = await this.#checkedOut();
    const known = { remote, branch, commit, asked: new Date().toISOString() };
    try {
      await this.#clone.run('fetch', '--quiet', '--no-tags', '--force', remote, `refs/heads/${branch}:${NEWEST}`);
      const newest = (await this.#clone.run('rev-parse', '--verify', `${NEWEST}^{commit}`)).trim();
      if (newest === commit) this.#following = known;
      else this.#following = await this.#switch(known, newest);
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      this.#following = { ...known, failure: error.message };
    }
    return this.#following;
  }

  async #switch(known: Following, newest: string): Promise<Following> {
    const problems = await this.#problemsOf(newest);
    if (problems.length > 0) return { ...known, refused: { commit: newest, problems } };
    await this.#clone.run('checkout', '--quiet', '--force', '-B', known.branch, newest);
    return { ...known, commit: newest };
  }

  /** The errors of a commit, found in a work tree beside the one that is served. */
  async #problemsOf(commit: string): Promise<readonly CommitProblem[]> {
    const candidate = join(this.#folder, 'candidate');
    await this.#clone.run('worktree', 'prune');
    await this.#clone.run('worktree', 'add', '--quiet', '--force', '--force', '--detach', candidate, commit);
    try {
      const { remote: _, branch: __, ...options } = this.#options;
      const project = await Project.open({ ...options, cwd: candidate, directory: candidate });
      const { report } = await project.check();
      return report.problems.filter(({ severity }) => severity === 'error');
    } catch (error) {
      if (!(error instanceof LockstepError)) throw error;
      return [{ code: error.code, severity: 'error', message: error.message }];
    } finally {
      await this.#clone.run('worktree', 'remove', '--force', candidate);
    }
  }

  /** Empty before the first checkout. */
  async #checkedOut(): Promise<string> {
    try {
      return (await this.#clone.run('rev-parse', '--verify', '--quiet', 'HEAD')).trim();
    } catch {
      return '';
    }
  }
}

/** Other users read the arguments of processes. @throws LockstepError `usage/invalid` */
function requirePlainRemote(remote: string): void {
  if (remote.startsWith('-') || /^[a-z+]+:\/\/[^/@]*:[^/@]*@/i.test(remote))
    throw new LockstepError('usage/invalid', 'the remote holds a password, or is not a remote', [
      'keep the password in a credential helper: git config --global credential.helper store',
    ]);
}
