import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { type Attempt, NEVER_BEGUN, notStarted } from '../../run/attempt.ts';
import type { Event, RunReport } from '../../run/event.ts';
import type { SentSignals, StepRecord } from '../../run/execution-backend.ts';
import type { SentStep } from '../../run/sent-step.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import type { JournalHeader } from '../journal.ts';
import { journalLine } from '../journal-line.ts';
import type { JournaledRun } from '../read-journal.ts';
import type { Database } from './database.ts';
import type { Job, SignedJob } from './job.ts';
import { type Tenure, throughOutages } from './journal-table.ts';
import { provenRun } from './proven-run.ts';
import type { RecordChain } from './record-chain.ts';
import { cancelStep, insertStep, newsOfSteps, removeStep, type StepNews } from './step-rows.ts';

/** Between two looks at the steps under way. */
const LOOK_MS = 50;
/** The run reports a step that no worker has taken for this long. */
const TELL_MS = 2_000;

/** Makes the jobs of sent steps and opens their results, with the identity of this worker. */
export interface StepJobs {
  /** @param run the name of the step's own row @throws LockstepError where this worker may not send it */
  make(parent: Job, run: string, sent: SentStep): Promise<SignedJob>;
  /** Undefined where it is not on record, or cannot be opened. */
  recordOf(run: JournaledRun, path: string): Promise<StepRecord | undefined>;
}

/** The run whose steps are sent. */
export interface SendingRun {
  readonly tenure: Tenure;
  readonly repository: string;
  readonly job: Job;
  readonly header: JournalHeader;
  readonly now: () => Date;
  readonly chainOf: (run: string) => Promise<RecordChain | undefined>;
  /** Aborted when this worker has the run no longer: what it has sent does not count any more. */
  readonly lost: AbortSignal;
}

type Emit = (event: Event) => void | Promise<void>;

interface OpenStep extends Pick<SentSignals, 'begin'> {
  after: readonly [epoch: number, n: number];
  readonly sent: SentStep;
  readonly since: number;
  readonly emit: Emit;
  told: boolean;
  readonly end: (report: RunReport | 'gone') => void;
}

/** Sends steps of one run to other workers, and waits for their ends. */
export class SentSteps {
  readonly #database: Database;
  readonly #jobs: StepJobs;
  readonly #parent: SendingRun;
  readonly #open = new Map<string, OpenStep>();
  #count = 0;
  /** One loop reads all journals: two would tell each line twice. */
  #looks = false;

  constructor(database: Database, jobs: StepJobs, parent: SendingRun) {
    this.#database = database;
    this.#jobs = jobs;
    this.#parent = parent;
  }

  async send(sent: SentStep, { cancel, kill, begin }: SentSignals, emit: Emit): Promise<Attempt> {
    const { tenure, lost } = this.#parent;
    this.#count += 1;
    const run = `${tenure.run}.${tenure.epoch}.${this.#count}`;
    try {
      await this.#insert(run, sent);
    } catch (error) {
      if (error instanceof LockstepError) return notStarted(error.message);
      throw error;
    }
    const ended = Promise.withResolvers<RunReport | 'gone' | 'unstarted'>();
    const end = (how: 'gently' | 'now') =>
      void throughOutages(() => cancelStep(this.#database, run, how))
        .then((isEnded) => isEnded && ended.resolve('unstarted'))
        .catch(ended.reject);
    const gently = () => end('gently');
    const now = () => end('now');
    const gone = () => ended.resolve('gone');
    cancel.addEventListener('abort', gently);
    kill.addEventListener('abort', now);
    lost.addEventListener('abort', gone);
    if (cancel.aborted) gently();
    this.#follow(run, {
      ...{ sent, begin, emit, end: ended.resolve, after: [-1, 0], told: false },
      since: monotonicMs(),
    });
    try {
      return await this.#result(run, sent, await ended.promise);
    } finally {
      this.#open.delete(run);
      cancel.removeEventListener('abort', gently);
      kill.removeEventListener('abort', now);
      lost.removeEventListener('abort', gone);
    }
  }

  async #insert(run: string, sent: SentStep): Promise<void> {
    const { tenure, repository, job: parent, header, now } = this.#parent;
    const job = await this.#jobs.make(parent, run, sent);
    const { seal: _, ...own } = { ...header, run, args: {}, withheld: [] };
    const place = { parent: tenure.run, parentEpoch: tenure.epoch, queue: parent.queue, labels: sent.runsOn };
    const row = { ...place, run, repository, step: sent.path, job, header: own, time: now() };
    await throughOutages(() => insertStep(this.#database, row));
  }

  async #result(run: string, sent: SentStep, end: RunReport | 'gone' | 'unstarted'): Promise<Attempt> {
    if (this.#parent.lost.aborted) return NEVER_BEGUN;
    if (end === 'gone') return notStarted('its row in the database is gone');
    const { past } = await provenRun(this.#database, run, await this.#parent.chainOf(run));
    await throughOutages(() => removeStep(this.#database, run));
    if (end === 'unstarted') return NEVER_BEGUN;
    const record = past && (await this.#jobs.recordOf(past, sent.path));
    if (record !== undefined) return attemptOf(record);
    if (end.status === 'cancelled') return NEVER_BEGUN;
    if (end.status === 'failed' && end.reason) return { status: 'failed', exitCode: null, reason: end.reason };
    return notStarted('a worker did it, and its result is not proven or cannot be opened');
  }

  #follow(run: string, step: OpenStep): void {
    this.#open.set(run, step);
    if (!this.#looks) void this.#look();
  }

  async #look(): Promise<void> {
    this.#looks = true;
    try {
      for (; this.#open.size > 0; await pause(LOOK_MS)) {
        const after = new Map([...this.#open].map(([run, step]) => [run, step.after]));
        for (const news of await throughOutages(() => newsOfSteps(this.#database, after))) await this.#take(news);
      }
    } catch {
      // The database is away for too long: the journal of the run gives it up as well.
      for (const step of this.#open.values()) step.end('gone');
    } finally {
      this.#looks = false;
    }
  }

  async #take({ run, status, worker, epoch, n, line: text }: StepNews): Promise<void> {
    const step = this.#open.get(run);
    if (step === undefined) return;
    if (status === null) return step.end('gone');
    if (status === 'queued') await tellWaiting(step);
    if (epoch === null || n === null || text === null) return;
    step.after = [epoch, n];
    const line = journalLine(text);
    if (line?.type === 'step-started') step.begin(worker ?? '');
    if (line?.type === 'run-finished') step.end(line.report);
    if (line?.type !== 'output' && line?.type !== 'notice') return;
    const { time: _, ...event } = line;
    await step.emit(event);
  }
}

async function tellWaiting(step: OpenStep): Promise<void> {
  const { sent, since } = step;
  if (step.told || msSince(since) < TELL_MS) return;
  step.told = true;
  const labels = sent.runsOn.length === 0 ? '' : ` with ${sent.runsOn.join(' and ')}`;
  await step.emit({ type: 'notice', step: sent.path, message: `waits for a worker${labels} that has room` });
}

function attemptOf({ report, outputs }: StepRecord): Attempt {
  const { status, exitCode, attempts, reason = { why: 'cancelled' } } = report;
  if (status === 'succeeded') return { status, exitCode: exitCode ?? 0, outputs };
  const ended = status === 'failed' ? status : 'cancelled';
  return { status: ended, exitCode, reason, ...(attempts === 0 && { begun: false as const }) };
}
