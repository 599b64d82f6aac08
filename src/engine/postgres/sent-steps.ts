import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import { type Attempt, NEVER_BEGUN, notStarted } from '../../run/attempt.ts';
import type { RunReport } from '../../run/event.ts';
import type { SentSignals, StepRecord } from '../../run/execution-backend.ts';
import type { SentStep } from '../../run/sent-step.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import type { JournalHeader } from '../journal.ts';
import { journalLine } from '../journal-line.ts';
import type { JournaledRun } from '../read-journal.ts';
import type { Database } from './database.ts';
import type { Job, SignedJob } from './job.ts';
import { lostRun, type Tenure, throughOutages } from './journal-table.ts';
import { provenRun } from './proven-run.ts';
import type { RecordChain } from './record-chain.ts';
import { cancelStep, insertStep, newsOfSteps, removeStep, type StepNews, takeStepBack } from './step-rows.ts';

/** Between two looks at the steps under way. */
const LOOK_MS = 50;
/** The run reports a step that no worker has taken for this long. */
const TELL_MS = 2_000;
/** The path under which a worker records that it refuses a step. */
export const REFUSED = '';

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
  /** Gives the run up: another worker takes it. */
  readonly lose: () => void;
  /** Ends the run gently. */
  readonly cancel: () => void;
}

/** `gone`: its row is. `unstarted`: no worker has taken it, and none will. `left`: as that, and another worker gets the run. */
type End = RunReport | 'gone' | 'unstarted' | 'left';

interface OpenStep extends SentSignals {
  after: readonly [epoch: number, n: number];
  told: boolean;
  /** Its row is being taken back. */
  leaves: boolean;
  readonly sent: SentStep;
  readonly since: number;
  readonly end: (end: End) => void;
}

/** A step whose end is awaited. */
interface Awaited extends Pick<SentSignals, 'tell'> {
  readonly run: string;
  readonly sent: SentStep;
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

  async send(sent: SentStep, signals: SentSignals): Promise<Attempt> {
    const { tenure, job: parent, lost } = this.#parent;
    this.#count += 1;
    // Chance makes it a name that no result of an earlier time can be proven for.
    const run = `${tenure.run}.${tenure.epoch}.${this.#count}-${randomBytes(6).toString('hex')}`;
    let job: SignedJob;
    try {
      job = await this.#jobs.make(parent, run, sent);
    } catch (error) {
      if (error instanceof LockstepError) return notStarted(error.message);
      throw error;
    }
    await this.#insert(run, sent, job);
    const ended = Promise.withResolvers<End>();
    const over = new AbortController();
    const on = (signal: AbortSignal, hear: () => void) => {
      signal.addEventListener('abort', hear, { signal: over.signal });
      if (signal.aborted) hear();
    };
    on(lost, () => ended.resolve('gone'));
    on(signals.cancel, () => void this.#cancel(run, 'gently'));
    on(signals.kill, () => void this.#cancel(run, 'now'));
    this.#follow(run, {
      ...signals,
      sent,
      end: ended.resolve,
      after: [-1, 0],
      told: false,
      leaves: false,
      since: monotonicMs(),
    });
    try {
      return await this.#result({ run, sent, tell: signals.tell }, await ended.promise);
    } finally {
      over.abort();
      this.#open.delete(run);
    }
  }

  /** Another worker is to have the run: it sends again what no worker has taken. A step at work may end. */
  leave(): void {
    for (const [run, step] of this.#open) {
      step.leaves = true;
      void throughOutages(() => takeStepBack(this.#database, run)).then(
        (isBack) => isBack && step.end('left'),
        () => this.#parent.lose(),
      );
    }
  }

  async #insert(run: string, sent: SentStep, job: SignedJob): Promise<void> {
    const { tenure, repository, job: parent, header, now } = this.#parent;
    const { seal: _, ...own } = { ...header, run, args: {}, withheld: [] };
    const place = { parent: tenure.run, parentEpoch: tenure.epoch, queue: parent.queue, labels: sent.runsOn };
    const row = { ...place, run, repository, step: sent.path, job, header: own, time: now() };
    try {
      await throughOutages(() => insertStep(this.#database, row));
    } catch (error) {
      this.#parent.lose();
      throw error;
    }
  }

  async #cancel(run: string, how: 'gently' | 'now'): Promise<void> {
    await throughOutages(() => cancelStep(this.#database, run, how)).catch(() => this.#parent.lose());
  }

  async #result(step: Awaited, end: End): Promise<Attempt> {
    const { tenure, lost, chainOf } = this.#parent;
    const { run, sent } = step;
    if (lost.aborted) return NEVER_BEGUN;
    if (end === 'left') throw lostRun(tenure.run);
    if (end === 'gone') return this.#unproven(step, 'its row in the database is gone');
    const { past } = await provenRun(this.#database, run, await chainOf(run));
    await throughOutages(() => removeStep(this.#database, run));
    const recordAt = async (path: string) => past && this.#jobs.recordOf(past, path);
    const record = (await recordAt(sent.path)) ?? (await recordAt(REFUSED));
    if (record !== undefined) return attemptOf(record);
    if (end === 'unstarted') return NEVER_BEGUN;
    const { reason } = end;
    const why = reason !== undefined && 'detail' in reason ? `: ${reason.detail}` : '';
    return this.#unproven(step, `its result is not proven or cannot be opened${why}`);
  }

  /** Never a failure of the step, which could be forgiven, and would skip it. */
  async #unproven({ sent, tell }: Awaited, why: string): Promise<Attempt> {
    await tell({ type: 'notice', step: sent.path, message: `${why}; the run is cancelled` });
    this.#parent.cancel();
    return NEVER_BEGUN;
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
      // As where the journal of the run cannot be kept.
      this.#parent.lose();
    } finally {
      this.#looks = false;
    }
  }

  async #take({ run, status, worker, epoch, n, line: text }: StepNews): Promise<void> {
    const step = this.#open.get(run);
    if (step === undefined) return;
    if (status === null) return step.end(step.leaves ? 'left' : 'gone');
    if (status === 'ended' && worker === null) return step.end('unstarted');
    if (status === 'queued') await this.#stillWaits(run, step);
    if (epoch === null || n === null || text === null) return;
    step.after = [epoch, n];
    const line = journalLine(text);
    if (line?.type === 'step-started') step.begin(worker ?? '');
    if (line?.type === 'run-finished') step.end(line.report);
    if (line?.type !== 'output' && line?.type !== 'notice') return;
    const { time: _, ...event } = line;
    await step.tell(event);
  }

  /** It may wait again, after its worker has died: a cancel from before ends it then. */
  async #stillWaits(run: string, step: OpenStep): Promise<void> {
    const { sent, since, cancel, kill } = step;
    if (cancel.aborted || kill.aborted) return this.#cancel(run, kill.aborted ? 'now' : 'gently');
    if (step.told || msSince(since) < TELL_MS) return;
    step.told = true;
    const labels = sent.runsOn.length === 0 ? '' : ` with ${sent.runsOn.join(' and ')}`;
    await step.tell({ type: 'notice', step: sent.path, message: `waits for a worker${labels} that has room` });
  }
}

function attemptOf({ report, outputs }: StepRecord): Attempt {
  const { status, exitCode, attempts, reason = { why: 'cancelled' } } = report;
  if (status === 'succeeded') return { status, exitCode: exitCode ?? 0, outputs };
  const ended = status === 'failed' ? status : 'cancelled';
  return { status: ended, exitCode, reason, ...(attempts === 0 && { begun: false as const }) };
}
