import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError, systemReason } from '../errors.ts';
import type { Given, Question } from '../run/execution-backend.ts';
import { withLock } from '../util/lock.ts';
import { mayBeAlive, readStamp, signalProcess, stampOfThisProcess } from '../util/process-stamp.ts';
import { findAnswer, giveAnswer } from './answers.ts';
import { EndedJournals } from './ended-journals.ts';
import { formerApprovals } from './former-approvals.ts';
import { type Journal, type JournalHeader, openJournal } from './journal.ts';
import { type JournaledRun, readJournal } from './read-journal.ts';
import { type RunDetails, runDetails } from './run-details.ts';
import { ambiguousRun, answeredBefore, noRuns, unknownRun } from './run-refusals.ts';
import { isRunning, type RunSummary, summaryOf } from './run-summary.ts';

/** Instead of a run's name: the newest run of this repository. */
export const NEWEST = 'last';
/** The limit for all repositories together. Each new run removes the oldest runs beyond it. */
const KEPT_RUNS = 500;
/** A process writes to a journal right after it makes it: one that is empty for longer belongs to a killed process. */
const BEGINS_MS = 10_000;

/** The journals of one repository on this machine, one file for each run; all repositories share the folder. */
export class RunStore {
  readonly #folder: string;
  readonly #root: string;
  readonly #now: () => Date;
  readonly #journals = new EndedJournals();

  constructor(stateDir: string, root: string, now: () => Date) {
    this.#folder = join(stateDir, 'runs');
    this.#root = root;
    this.#now = now;
  }

  get folder(): string {
    return this.#folder;
  }

  /** Whether a run belongs to this repository. */
  isOurs({ root }: Pick<JournalHeader, 'root'>): boolean {
    return root === this.#root;
  }

  pathOf(run: string): string {
    return join(this.#folder, `${run}.jsonl`);
  }

  /** The file for answers to approvals that are given from outside the run. */
  answersOf(run: string): string {
    return `${this.pathOf(run)}.answers`;
  }

  begin(run: string): Journal {
    // Runs later, while the first step runs.
    setImmediate(() => this.#removeOldest());
    return openJournal(this.pathOf(run), true, this.#now);
  }

  /**
   * Claims an interrupted run before anything is unsealed for it, so that no other process resumes it.
   * @param anew earlier approvals no longer count
   * @throws LockstepError `run/not-resumable` where another process resumes it already, `state/unusable`
   */
  async claim(run: string, anew: boolean): Promise<void> {
    try {
      await withLock(`${this.pathOf(run)}.lock`, {}, async () => {
        const found = readJournal(this.pathOf(run));
        if (found === undefined || found.report !== undefined || isRunning(found) || this.#isClaimed(run))
          throw new LockstepError('run/not-resumable', `the run ${run} was just resumed by another process`, [
            `lockstep runs show ${run}`,
          ]);
        writeFileSync(this.#claimOf(run), JSON.stringify(stampOfThisProcess()), { mode: 0o600 });
        if (anew) rmSync(this.answersOf(run), { force: true });
      });
    } catch (error) {
      if (error instanceof LockstepError) throw error;
      throw new LockstepError(
        'state/unusable',
        `the run ${run} cannot be resumed (${systemReason(error)})`,
        ['make room for the state folder, or name another one in LOCKSTEP_STATE_DIR'],
        error,
      );
    }
  }

  /** The run has ended, or did not start: another attempt may claim it. */
  release(run: string): void {
    rmSync(this.#claimOf(run), { force: true });
  }

  #claimOf(run: string): string {
    return `${this.pathOf(run)}.claim`;
  }

  /** True if the process that claimed it may be alive. */
  #isClaimed(run: string): boolean {
    const stamp = readStamp(this.#claimOf(run));
    return stamp !== undefined && mayBeAlive(stamp);
  }

  /** Continues the journal of a claimed run. */
  reopen(run: string): Journal {
    return openJournal(this.pathOf(run), false, this.#now);
  }

  /** Newest first. `unreadable` has the paths of files that are not journals; an empty journal has just started. */
  list(): { readonly runs: readonly RunSummary[]; readonly unreadable: readonly string[] } {
    const unreadable: string[] = [];
    const ours = this.#ours(
      this.#names(),
      (run) => this.#begins(this.pathOf(run)) || unreadable.push(this.pathOf(run)),
    );
    return { runs: ours.map((one) => summaryOf(one, this.#now())), unreadable };
  }

  /**
   * Finds a run by its name, or a beginning or end that no other run shares; default, or `last`: the newest run.
   * @throws LockstepError `run/unknown`
   */
  find(name = NEWEST): JournaledRun {
    if (name === NEWEST) return this.#newest();
    const begun = this.#names().filter((run) => name !== '' && (run.startsWith(name) || run.endsWith(name)));
    const unreadable: string[] = [];
    const ours = this.#ours(begun, (run) => unreadable.push(run));
    const whole = ours.find(({ header }) => header.run === name);
    const [only, another] = whole === undefined ? ours : [whole];
    if (only !== undefined && another === undefined) return only;
    const [damaged] = unreadable;
    if (only === undefined && damaged !== undefined)
      throw new LockstepError(
        'run/unknown',
        `the journal of the run ${damaged} cannot be read: it is damaged, or a newer Lockstep wrote it`,
        [`if it is damaged: rm '${this.pathOf(damaged)}'`, 'lockstep runs list'],
      );
    const nameOf = ({ header }: JournaledRun) => header.run;
    if (another !== undefined) throw ambiguousRun(name, ours.map(nameOf));
    throw unknownRun(name, this.#ours(this.#names()).map(nameOf));
  }

  #newest(): JournaledRun {
    for (const name of this.#names()) {
      const [run] = this.#ours([name]);
      if (run !== undefined) return run;
    }
    throw noRuns();
  }

  /** Removes all runs of this repository except the `keep` newest and the running ones; returns the removed names. */
  prune(keep: number): string[] {
    const files = this.#files();
    const ours = this.#ours(namesIn(files)).map(({ header }) => header.run);
    return ours.slice(keep).filter((run) => this.#remove(run, files));
  }

  /** Files that cannot be removed stay. */
  #removeOldest(): void {
    try {
      const files = this.#files();
      for (const old of namesIn(files).slice(KEPT_RUNS)) this.#remove(old, files);
    } catch {}
  }

  /** Does not remove a run that is still running. @param files all of the folder */
  #remove(run: string, files: readonly string[]): boolean {
    const found = readJournal(this.pathOf(run));
    if (found !== undefined && isRunning(found)) return false;
    for (const file of files) if (file.startsWith(`${run}.jsonl`)) rmSync(join(this.#folder, file), { force: true });
    return true;
  }

  /**
   * Signals the run's process to end; returns the full name.
   * @throws LockstepError `run/unknown`, `run/not-resumable`
   */
  cancel(name: string, atOnce: boolean): string {
    const found = this.find(name);
    const { run, owner } = found.header;
    if (found.report === undefined && signalProcess(owner, atOnce ? 'SIGQUIT' : 'SIGTERM')) return run;
    throw new LockstepError('run/not-resumable', `the run ${run} is not running; nothing to cancel`, [
      `lockstep runs show ${run}`,
    ]);
  }

  details(run: JournaledRun): RunDetails {
    const others = run.waiting.length > 0 ? this.#ours(this.#names()) : [];
    return runDetails(run, this.#now(), formerApprovals(run, others));
  }

  /** The first answer counts. @throws LockstepError `run/not-waiting` if there is one, `state/unusable` */
  answer(run: string, question: Question, given: Given): void {
    const { step, nth, about } = question;
    const before = findAnswer(this.answersOf(run), question);
    if (before !== undefined) throw answeredBefore(run, before);
    giveAnswer(this.answersOf(run), { step, nth, about, ...given });
  }

  #names(): string[] {
    return namesIn(this.#files());
  }

  #files(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #begins(path: string): boolean {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return true;
    return stat.isFile() && stat.size === 0 && this.#now().getTime() - stat.mtimeMs < BEGINS_MS;
  }

  /** Reads these journals, and returns those of this repository. */
  #ours(runs: readonly string[], unreadable: (run: string) => void = () => undefined): JournaledRun[] {
    return runs.flatMap((run) => {
      const found = this.#journals.read(this.pathOf(run));
      if (found === undefined) unreadable(run);
      return found && this.isOurs(found.header) && found.header.run === run ? [found] : [];
    });
  }
}

/** The names of the runs, newest first. */
function namesIn(files: readonly string[]): string[] {
  const journals = files.filter((file) => file.endsWith('.jsonl'));
  return journals.map((file) => file.slice(0, -'.jsonl'.length)).sort((a, b) => (a < b ? 1 : -1));
}
