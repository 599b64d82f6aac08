import { setTimeout as pause, setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { PipeMaker } from '../../process/output-pipes.ts';
import type { Problem } from '../../text/problem.ts';
import type { CheckReport } from '../checking/check.ts';
import { Project } from '../project.ts';
import { userFoldersOf } from '../repository/config.ts';
import { findRoot } from '../repository/find-root.ts';
import type { ProjectOptions } from '../repository/project-options.ts';
import type { SnapshotMark } from '../runs/prepare.ts';
import { Bell } from '../watching/bell.ts';
import { type StableRead, StableReader } from '../watching/stable-read.ts';
import type { RepositoryWatch } from './repository-watch.ts';
import { rootStamp } from './root-stamp.ts';
import { checkedOut, snapshotId } from './snapshot-mark.ts';

/** A call does not wait longer for files that keep changing: it gets the last good state. */
const LONGEST_WAIT_MS = 2_000;
/** Hosts of agents ask for the tools at once, and wait for them; checks and watches come after that. */
const FIRST_ANSWERS_MS = 100;

/** A tool that asks for a secret that is not there, or not granted to it, does not start; its definition is sound. */
const REFUSALS: ReadonlySet<Problem['code']> = new Set(['secret/unknown', 'secret/ungranted', 'secret/variable']);

/** The snapshot that a server uses, and the problems of the newest save. */
export interface ServedState {
  /** The snapshot in force. */
  readonly snapshot: SnapshotMark;
  /** ISO 8601, UTC. */
  readonly loadedAt: string;
  /** Whether the newest save is in force. If not, it has errors, and the last good snapshot stays. */
  readonly current: boolean;
  /** The problems of the newest save. */
  readonly report: CheckReport;
  /** The same with their source texts, for excerpts. */
  readonly problems: readonly Problem[];
}

/**
 * A project that a server holds: it reads changed files again, and keeps the last good definitions where they are broken.
 * A sound vault is always in force: what was revoked must not work on because a definition is being edited.
 *
 *   resting --a file changes--> settling --holds still--> checking --sound---> in force ----> resting
 *                                  ^---it moves again---'     `-----errors--> last good stays -> resting
 */
export class LiveProject {
  readonly project: Project;
  readonly #bell: Bell;
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<(state: ServedState) => void>();
  #waiting: (() => void)[] = [];
  /** Something has changed since the read that is under way began. */
  #touched = true;
  #resting = false;
  #lastRead = '';
  #state: ServedState | undefined;
  readonly #reader: StableReader;
  readonly #firstId: string;
  readonly #firstCheck = Promise.withResolvers<void>();
  readonly #blind = new AbortController();
  #ready: Promise<void> | undefined;
  #watch: RepositoryWatch | undefined;

  private constructor(project: Project, reader: StableReader, firstId: string, signal: AbortSignal) {
    this.project = project;
    this.#signal = signal;
    this.#reader = reader;
    this.#firstId = firstId;
    this.#bell = new Bell(signal);
  }

  /**
   * Resolves when the repository has been read; `ready` follows by itself, after the first answers.
   * @throws LockstepError as `Project.open` does
   */
  static async begin(options: ProjectOptions, signal: AbortSignal): Promise<LiveProject> {
    const root = findRoot(options);
    const reader = new StableReader(root, userFoldersOf(options.env).cache);
    const read = await reader.read(signal);
    if (read === null) throw signal.reason;
    const project = Project.of(options, root, read.snapshot);
    const live = new LiveProject(project, reader, snapshotId(read.files), signal);
    const beginning = setTimeout(() => void live.ready().catch(() => undefined), FIRST_ANSWERS_MS);
    signal.addEventListener('abort', () => clearTimeout(beginning));
    return live;
  }

  /**
   * Resolves when the repository has been read and checked, and files are watched.
   * @throws LockstepError as `Project.open` does; `system/limit`
   */
  static async open(options: ProjectOptions, signal: AbortSignal): Promise<LiveProject> {
    const live = await LiveProject.begin(options, signal);
    await live.ready();
    return live;
  }

  /** Resolves when the definitions are checked, and files are watched. @throws LockstepError `system/limit` */
  ready(): Promise<void> {
    this.#ready ??= this.#begin();
    return this.#ready;
  }

  /** Aborted, with the reason, when files can no longer be watched: what is in force would be stale. */
  get blind(): AbortSignal {
    return this.#blind.signal;
  }

  /** The name of the snapshot in force, a hash of its files. */
  get snapshotId(): string {
    return this.#state?.snapshot.id ?? this.#firstId;
  }

  /** Known once the project is ready. */
  get state(): ServedState {
    if (this.#state === undefined) throw new Error('no state before the first check');
    return this.#state;
  }

  /** Called with every new state, also one that is broken. Returns what ends that. */
  onChange(listener: (state: ServedState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when every change that has been seen is in force or refused, or after two seconds of changes without a rest. */
  async settled(): Promise<void> {
    if (this.#state === undefined) {
      if (this.#reader.isUnchanged()) return;
      await this.ready();
    }
    // Earlier saves are in the system's queue of events: a turn of the event loop reads it.
    for (let turn = 0; turn < 2; turn += 1) await turnOfTheLoop();
    const isLate = pause(LONGEST_WAIT_MS, true, { ref: false });
    while (!this.#resting && !this.#signal.aborted) {
      const rests = new Promise<false>((resolve) => this.#waiting.push(() => resolve(false)));
      if (await Promise.race([rests, isLate])) return;
    }
  }

  /** Reads again now: after a change of our own. */
  refresh(): Promise<void> {
    this.#touch();
    this.#bell.ring();
    return this.settled();
  }

  async #begin(): Promise<void> {
    try {
      this.#signal.throwIfAborted();
      const { root, snapshot, vault } = this.project;
      const [{ RepositoryWatch }, { serverPipes }] = await Promise.all([
        import('./repository-watch.ts'),
        import('./server-pipes.ts'),
      ]);
      // The first read of `#readChanges` finds what changed before the watch began.
      const watch = await RepositoryWatch.start(root, snapshot, {
        changed: () => this.#bell.ring(),
        failed: (reason) => this.#bell.break(reason),
        touched: () => this.#touch(),
      });
      this.#watch = watch;
      this.#signal.addEventListener('abort', () => {
        watch.close();
        this.#rest();
      });
      if (this.#signal.aborted) watch.close();
      this.#bell.ring();
      const ended = this.#readChanges(serverPipes(vault.env, root, this.#signal));
      ended.catch((reason) => this.#blind.abort(reason));
      await Promise.race([this.#firstCheck.promise, ended]);
    } catch (error) {
      if (!this.#signal.aborted) this.#blind.abort(error);
      throw error;
    }
  }

  #touch(): void {
    this.#touched = true;
    this.#resting = false;
  }

  #rest(): void {
    this.#resting = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async #readChanges(pipes: PipeMaker): Promise<void> {
    while (await this.#bell.rang()) {
      this.#touched = false;
      const read = await this.#reader.read(this.#signal);
      if (read === null) return;
      // A root that is gone for a moment is not an empty repository.
      if (rootStamp(this.project.root) !== '') await this.#take(read, pipes);
      if (!this.#touched) this.#rest();
    }
  }

  async #take(read: StableRead, pipes: PipeMaker): Promise<void> {
    const { project } = this;
    const id = snapshotId(read.files);
    const access = read.kept === null ? project.vault : project.vault.at(read.kept);
    const { checkSnapshot } = await import('../checking/check.ts');
    const check = () => checkSnapshot(read.snapshot, access, { today: project.today() });
    // Git answers while changed files are checked.
    const [place, checked] = await Promise.all([
      checkedOut(project.root, project.vault.env),
      id === this.#lastRead ? undefined : check(),
    ]);
    const mark = { id, ...place };
    const { commit, branch } = this.#state?.snapshot ?? {};
    // The branch may have been read while it changed: commit and files alone do not name it.
    const isSame = checked === undefined && mark.commit === commit && mark.branch === branch;
    if (isSame) return;
    this.#lastRead = id;
    this.#watch?.follow(read.snapshot);
    const { report, problems } = checked ?? (await check());
    const isSound =
      read.kept !== null && !problems.some(({ severity, code }) => severity === 'error' && !REFUSALS.has(code));
    // Without a last good state, what is there is better than nothing: a tool with a problem does not start.
    const isFirst = this.#state === undefined;
    if ((isSound || isFirst) && read.kept !== null)
      project.useSnapshot(read.snapshot, { mark, kept: read.kept, pipes });
    else if (read.kept !== null && this.#state !== undefined && this.#isVaultChangeOf(mark, problems))
      project.useSnapshot(project.snapshot, { mark: this.#state.snapshot, kept: read.kept, pipes });
    const loadedAt = project.now().toISOString();
    const inForce = isSound || this.#state === undefined ? { snapshot: mark, loadedAt } : this.#state;
    this.#state = { snapshot: inForce.snapshot, loadedAt: inForce.loadedAt, current: isSound, report, problems };
    this.#firstCheck.resolve();
    for (const listener of this.#listeners) listener(this.#state);
  }

  /**
   * Whether the vault may count although definitions are broken: it was changed beside them, such as in the console. The vault
   * of another commit belongs to other definitions.
   */
  #isVaultChangeOf({ commit, branch }: SnapshotMark, problems: readonly Problem[]): boolean {
    const { snapshot } = this.state;
    const isBroken = problems.some(({ code }) => code === 'secret/vault');
    return !isBroken && commit === snapshot.commit && branch === snapshot.branch;
  }
}
