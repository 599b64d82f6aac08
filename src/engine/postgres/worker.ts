import { setTimeout as pause } from 'node:timers/promises';
import { Carriage, type CarriageOptions, type CarriedRun } from './carriage.ts';
import { throughOutages } from './journal-table.ts';
import { QueueClient, type QueueLimits, serveQueues } from './queue.ts';
import { StepLocks } from './step-locks.ts';
import { type ClaimedStep, claimStep, leaveStep, removeStepsOf } from './step-rows.ts';
import { WorkerSession } from './worker-session.ts';
import { type TenureNews, takeOverFrom, WorkerWatch } from './worker-watch.ts';

export interface WorkerOptions extends CarriageOptions {
  readonly lanes: ReadonlyMap<string, QueueLimits>;
  /** Rejects with a bug only. */
  readonly execute: (run: CarriedRun) => Promise<void>;
}

/** The database is asked for a run only where DBOS has given it to this worker, and not to another one since. */
const CLAIM = `
UPDATE lockstep.run SET worker = $2, epoch = epoch + 1, status = 'running', claimed = now(), changed = now()
WHERE id = $1 AND status <> 'ended' AND EXISTS (
  SELECT 1 FROM lockstep_dbos.workflow_status WHERE workflow_uuid = $1 AND executor_id = $2 AND status = 'PENDING')
RETURNING job, epoch, cancel`;

/** Only where the run has not ended, and DBOS still has it at this worker. */
const LEAVE = `
UPDATE lockstep.run SET worker = NULL, epoch = epoch + 1, status = 'queued', changed = now()
WHERE id = $1 AND status <> 'ended' AND (worker = $2 OR worker IS NULL) AND EXISTS (
  SELECT 1 FROM lockstep_dbos.workflow_status WHERE workflow_uuid = $1 AND executor_id = $2 AND status = 'PENDING')
RETURNING queue`;

const SETTLE_MS = 500;
/** Between two looks for a step that another worker has sent. */
const LOOK_MS = 100;

/**
 * Takes runs from the queues of a database and carries them in this process.
 *
 *   queued -> claimed (epoch + 1) -> at work -> ended
 *                ^                      |-- the worker dies, stops or drains: another one claims it
 */
export class EngineWorker {
  readonly #options: WorkerOptions;
  readonly #session: WorkerSession;
  readonly #queue: QueueClient;
  readonly #watch: WorkerWatch;
  readonly #locks: StepLocks;
  readonly #carried = new Map<string, Carriage>();
  readonly #works = new Set<Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #running = 0;
  #steps = 0;
  /** The last beat found these. */
  #strays: ReadonlySet<string> = new Set();
  #takingSteps: Promise<void> = Promise.resolve();
  #draining = false;
  #beating: Promise<void> = Promise.resolve();
  #stopQueues: (() => Promise<void>) | undefined;

  constructor(options: WorkerOptions) {
    const { database, row } = options;
    this.#options = options;
    this.#session = new WorkerSession(database.url, row.worker);
    this.#queue = new QueueClient(database);
    this.#watch = new WorkerWatch(this.#session, { database, queue: this.#queue }, row);
    this.#locks = new StepLocks(this.#session, row.repository);
  }

  /** Resolves when the worker takes runs. @throws LockstepError `engine/...` */
  async start(): Promise<void> {
    const { database, row, lanes } = this.#options;
    await this.#watch.appear();
    this.#beating = this.#watch.keep((news) => this.#hear(news), this.#closing.signal);
    this.#stopQueues = await serveQueues(database.url, {
      worker: row.worker,
      repository: row.repository,
      lanes,
      concurrency: row.concurrency,
      work: (run) => this.#work(run),
    });
    this.#takingSteps = this.#takeSteps();
  }

  /** How many runs it has. */
  get active(): number {
    return this.#carried.size;
  }

  /** Takes no more runs, lets the steps under way end, and gives the rest of each run to the other workers. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#watch.drain();
    for (const wake of this.#waiting.splice(0)) wake();
    for (const one of this.#carried.values()) one.handOver();
    await this.#takingSteps;
    await Promise.all(this.#works);
    await this.#end();
  }

  /** The steps under way are killed; other workers do them again. */
  kill(): void {
    for (const one of this.#carried.values()) one.lose();
  }

  async #end(): Promise<void> {
    const { database, row } = this.#options;
    await takeOverFrom(database, this.#queue, row.worker).catch(() => undefined);
    await this.#stopQueues?.().catch(() => undefined);
    this.#closing.abort();
    await this.#beating;
    await this.#watch.disappear();
    await this.#session.close();
  }

  /** Called by DBOS, which takes a workflow that returns as done. Never rejects. */
  async #work(run: string): Promise<void> {
    const work = this.#takeTurn(run).then(() => this.#settle(run));
    this.#works.add(work);
    await work.finally(() => this.#works.delete(work));
  }

  async #takeTurn(run: string): Promise<void> {
    await this.#turn();
    try {
      if (!this.#draining) await this.#carry(run);
    } catch {
      // The run is put back unless it has ended.
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** A run that has not ended, and that no other worker has, is in its queue again when this resolves. */
  #settle(run: string): Promise<void> {
    const { database, row } = this.#options;
    return untilDone(async () => {
      const [left] = await database.rows<{ queue: string }>(LEAVE, [run, row.worker]);
      if (left !== undefined) await this.#queue.putBack(run, { repository: row.repository, lane: left.queue });
    });
  }

  /**
   * Takes steps that other workers have sent, as many at one time as runs. They count apart: a run that waits for its step
   * does not keep the step from starting.
   */
  async #takeSteps(): Promise<void> {
    const { database, row, lanes } = this.#options;
    const place = { worker: row.worker, repository: row.repository, lanes: [...lanes.keys()] };
    while (!this.#draining) {
      const hasRoom = this.#steps < row.concurrency;
      const step = hasRoom ? await claimStep(database, place).catch(() => undefined) : undefined;
      if (step === undefined) await pause(LOOK_MS);
      else this.#begin(step);
    }
  }

  #begin(step: ClaimedStep): void {
    const { database, row } = this.#options;
    this.#steps += 1;
    const work = this.#carryClaimed(step.run, step)
      .catch(() => undefined)
      .then(() => untilDone(() => leaveStep(database, step.run, row.worker)))
      .finally(() => {
        this.#steps -= 1;
        this.#works.delete(work);
      });
    this.#works.add(work);
  }

  /** DBOS counts the runs of each queue; this worker counts all of them. */
  async #turn(): Promise<void> {
    while (this.#running >= this.#options.row.concurrency && !this.#draining)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  async #carry(run: string): Promise<void> {
    const { database, row } = this.#options;
    const claimed = await throughOutages(() => database.rows<Claimed>(CLAIM, [run, row.worker]));
    const [found] = claimed;
    if (found === undefined) return;
    await throughOutages(() => removeStepsOf(database, run));
    await this.#carryClaimed(run, found);
  }

  async #carryClaimed(run: string, found: Claimed): Promise<void> {
    const { row, execute } = this.#options;
    const carriage = new Carriage({ run, worker: row.worker, epoch: found.epoch }, this.#options, this.#locks);
    this.#carried.set(run, carriage);
    if (this.#draining) carriage.handOver();
    try {
      if (found.cancel !== null) carriage.end(found.cancel);
      await carriage.carry(found.job, execute);
    } finally {
      this.#carried.delete(run);
    }
  }

  /** A step whose claim was not answered is this worker's in the database, and nobody does it. */
  #leaveStrays(news: readonly TenureNews[]): void {
    const { database, row } = this.#options;
    const strays = news.flatMap(({ run, sent }) => (sent && !this.#carried.has(run) ? [run] : []));
    for (const run of strays)
      if (this.#strays.has(run)) void leaveStep(database, run, row.worker).catch(() => undefined);
    this.#strays = new Set(strays);
  }

  #hear(news: readonly TenureNews[]): void {
    this.#leaveStrays(news);
    for (const one of this.#carried.values()) {
      const ours = news.find(({ run }) => run === one.tenure.run);
      one.hear(ours?.epoch);
      if (ours?.epoch === one.tenure.epoch && ours.cancel !== null) one.end(ours.cancel);
    }
  }
}

/** Repeats a statement until the database takes it. */
async function untilDone(work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await work();
    } catch {
      await pause(SETTLE_MS);
    }
  }
}

interface Claimed extends Readonly<Record<string, unknown>> {
  readonly job: string;
  readonly epoch: number;
  readonly cancel: 'gently' | 'now' | null;
}
