import { setTimeout as pause } from 'node:timers/promises';
import { Carriage, type CarriageOptions, type CarriedRun } from './carriage.ts';
import { throughOutages } from './journal-table.ts';
import { QueueClient, type QueueLimits } from './queue.ts';
import { QueueReader, shuffled, type TakenRun } from './queue-reader.ts';
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
/** Between two looks for what waits. */
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
  readonly #reader: QueueReader;
  readonly #closing = new AbortController();
  #runs = 0;
  #steps = 0;
  /** Ends the pause before the next look. */
  #wake: () => void = () => undefined;
  /** The last beat found these. */
  #strays: ReadonlySet<string> = new Set();
  #taking: Promise<void> = Promise.resolve();
  #draining = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(options: WorkerOptions) {
    const { database, row } = options;
    this.#options = options;
    this.#session = new WorkerSession(database.url, row.worker);
    this.#queue = new QueueClient(database);
    this.#reader = new QueueReader(database, row);
    this.#watch = new WorkerWatch(this.#session, { database, queue: this.#queue }, row);
    this.#locks = new StepLocks(this.#session, row.repository);
  }

  /** Resolves when the worker takes runs. @throws LockstepError `engine/...` */
  async start(): Promise<void> {
    await this.#reader.open();
    await this.#watch.appear();
    this.#beating = this.#watch.keep((news) => this.#hear(news), this.#closing.signal);
    this.#taking = this.#take();
  }

  /** How many runs it has. */
  get active(): number {
    return this.#carried.size;
  }

  /** Takes no more runs, lets the steps under way end, and gives the rest of each run to the other workers. */
  async drain(): Promise<void> {
    this.#draining = true;
    this.#watch.drain();
    this.#wake();
    for (const one of this.#carried.values()) one.handOver();
    await this.#taking;
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
    this.#closing.abort();
    await this.#beating;
    await this.#watch.disappear();
    await this.#session.close();
  }

  /**
   * Takes runs, and steps that other workers have sent: as many of each at one time as the worker has room for. They count
   * apart: a run that waits for its step does not keep the step from starting.
   */
  async #take(): Promise<void> {
    while (!this.#draining) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await this.#look().catch(() => undefined);
      if (!this.#draining) await Promise.race([woken, pause(LOOK_MS)]);
    }
  }

  async #look(): Promise<void> {
    const { row, lanes } = this.#options;
    if (this.#room.runs + this.#room.steps === 0) return;
    const waiting = await this.#reader.waiting([...lanes.keys()]);
    for (const lane of shuffled(waiting.runs)) {
      if (this.#room.runs === 0) break;
      const from = { lane, limits: lanes.get(lane) ?? {}, room: this.#room.runs };
      await this.#reader.take(from, (run) => this.#beginRun(run));
    }
    if (waiting.steps.length > 0) await this.#takeSteps({ ...row, lanes: waiting.steps });
  }

  get #room(): { readonly runs: number; readonly steps: number } {
    const { concurrency } = this.#options.row;
    return { runs: concurrency - this.#runs, steps: concurrency - this.#steps };
  }

  async #takeSteps(place: Parameters<typeof claimStep>[1]): Promise<void> {
    while (this.#room.steps > 0 && !this.#draining) {
      const step = await claimStep(this.#options.database, place);
      if (step === undefined) return;
      this.#beginStep(step);
    }
  }

  #beginRun(taken: TakenRun): void {
    this.#runs += 1;
    this.#begin(async () => {
      // A run that breaks is put back unless it has ended.
      if (!this.#draining) await this.#carry(taken.run).catch(() => undefined);
      await this.#settle(taken);
      this.#runs -= 1;
    });
  }

  #beginStep(step: ClaimedStep): void {
    const { database, row } = this.#options;
    this.#steps += 1;
    this.#begin(async () => {
      await this.#carryClaimed(step.run, step).catch(() => undefined);
      await untilDone(() => leaveStep(database, step.run, row.worker));
      this.#steps -= 1;
    });
  }

  /** @param work never rejects */
  #begin(work: () => Promise<void>): void {
    const working = work().finally(() => {
      this.#works.delete(working);
      this.#wake();
    });
    this.#works.add(working);
  }

  /** When this resolves, DBOS knows that the run has ended; or it is in its queue again; or another worker has it. */
  #settle(taken: TakenRun): Promise<void> {
    const { database, row } = this.#options;
    return untilDone(async () => {
      const [left] = await database.rows<{ queue: string }>(LEAVE, [taken.run, row.worker]);
      if (left === undefined) await this.#reader.done(taken);
      else await this.#queue.putBack(taken.run, { repository: row.repository, lane: left.queue });
    });
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
