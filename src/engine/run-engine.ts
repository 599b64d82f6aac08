import type { Given, Question } from '../run/execution-backend.ts';
import type { JournalLine } from './journal.ts';
import type { JournaledRun } from './read-journal.ts';
import type { RunDetails } from './run-details.ts';
import type { LogLine, LogOptions } from './run-log.ts';
import type { RunSummary } from './run-summary.ts';
import type { RunNews } from './run-watch.ts';

/** Where the runs of a repository live: the journals of this machine, or a database with its workers. */
export interface RunEngine {
  readonly name: 'local' | 'postgres';
  /** Newest first. `unreadable` names what is not a journal. */
  list(): Promise<{ readonly runs: readonly RunSummary[]; readonly unreadable: readonly string[] }>;
  /**
   * @param name a run, or a beginning or end that no other run shares; default, or `last`: the newest run
   * @throws LockstepError `run/unknown`
   */
  find(name?: string): Promise<JournaledRun>;
  /** All of a run, with who approved the steps before that wait now. */
  details(run: JournaledRun): Promise<RunDetails>;
  /** The lines of a run's journal, in their order. @throws LockstepError `run/unknown` */
  lines(name: string | undefined, options: LogOptions): AsyncGenerator<JournalLine, void, undefined>;
  /** The events after line number `after`, from at most `limit` lines. @throws LockstepError `run/unknown` */
  log(name: string, after: number, limit: number): Promise<readonly LogLine[]>;
  /** The first answer counts. @throws LockstepError `run/not-waiting` if there is one */
  answer(run: string, question: Question, given: Given): Promise<void>;
  /** Tells the process that runs it to end it. @returns its whole name @throws LockstepError `run/unknown`, `run/not-resumable` */
  cancel(name: string, atOnce: boolean): Promise<string>;
  /** Removes all runs but the `keep` newest and those under way; returns the removed names. */
  prune(keep: number): Promise<string[]>;
  /** Reports when a run starts, waits for a person, continues and ends, until the signal is aborted. */
  watch(tell: (news: RunNews) => void, signal: AbortSignal): void;
  /** The workers that take runs; none where runs live on this machine. */
  workers(): Promise<readonly WorkerSummary[]>;
}

/** A run that a worker has, or one step of a run that another worker has. */
export interface WorkerRun {
  readonly run: string;
  readonly tool: string;
  readonly since: string;
  /** Absent: the whole run. */
  readonly step?: string;
}

/** A worker, as a list shows it. Times are ISO 8601, UTC. */
export interface WorkerSummary {
  readonly worker: string;
  readonly host: string;
  /** The member whose identity opens secrets there. */
  readonly member: string;
  readonly commit: string;
  readonly queues: readonly string[];
  readonly labels: readonly string[];
  readonly concurrency: number;
  readonly started: string;
  readonly seen: string;
  /** It takes no more runs, and ends when those that it has are done. */
  readonly draining: boolean;
  readonly runs: readonly WorkerRun[];
}
