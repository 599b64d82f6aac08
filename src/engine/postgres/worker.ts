import type { LocalBackendOptions } from '../local-backend.ts';
import type { RunHome } from '../run-home.ts';
import type { RunReport } from '../../run/event.ts';
import { type JournaledRun, journaledRun, journalLine } from '../read-journal.ts';
import type { Database } from './database.ts';
import { type Job, readJob, type SignedJob } from './job.ts';
import { JournalTable, lostRun, type Tenure, throughOutages } from './journal-table.ts';
import { PostgresBackend } from './postgres-backend.ts';
import { findPostedAnswer } from './postgres-engine.ts';
import { QueueClient, type QueueLimits, serveQueues } from './queue.ts';
import { StepLocks } from './step-locks.ts';
import { type TenureNews, takeOverFrom, type WorkerRow, WorkerWatch } from './worker-watch.ts';
import { WorkerSession } from './worker-session.ts';

/** A run that this worker has, for whoever executes it. */
export interface CarriedRun {
  readonly job: Job;
  readonly signed: SignedJob;
  /** What workers before this one, or the command that submitted it, put on record. */
  readonly past: JournaledRun;
  /** Whether a worker has begun with it before. */
  readonly isBegun: boolean;
  readonly home: RunHome;
  /** Ends it gently, and at once. */
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
  /** Whether another worker has it now, or shall have it: then what it comes to here does not count. */
  readonly isLost: boolean;
  /** The report of a run that could not begin, or broke. */
  fail(report: RunReport): Promise<void>;
}

export interface WorkerOptions {
  readonly database: Database;
  readonly row: WorkerRow;
  readonly lanes: ReadonlyMap<string, QueueLimits>;
  /** Rejects with a bug only. */
  readonly execute: (run: CarriedRun) => Promise<void>;
  readonly now: () => Date;
}

/** The database is asked for a run only where DBOS has given it to this worker, and not to another one since. */
const CLAIM = `
UPDATE lockstep.run SET worker = $2, epoch = epoch + 1, status = 'running', claimed = now(), changed = now()
WHERE id = $1 AND status <> 'ended' AND EXISTS (
  SELECT 1 FROM lockstep_dbos.workflow_status WHERE workflow_uuid = $1 AND executor_id = $2 AND status = 'PENDING')
RETURNING job, epoch, cancel, queue`;

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
  readonly #waiting: (() => void)[] = [];
  readonly #closing = new AbortController();
  #running = 0;
  #draining = false;
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
    void this.#watch.keep((news) => this.#hear(news), this.#closing.signal);
    this.#stopQueues = await serveQueues(database.url, {
      worker: row.worker,
      lanes,
      concurrency: row.concurrency,
      work: (run) => this.#work(run),
    });
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
    await Promise.all([...this.#carried.values()].map((one) => one.done));
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
    await this.#watch.disappear();
    await this.#session.close();
  }

  /** Called by DBOS. What ends here, the others find in the table; a workflow that fails would only be in its own. */
  async #work(run: string): Promise<void> {
    await this.#turn();
    try {
      if (!this.#draining) await this.#carry(run);
    } catch {
      // It stays with this worker until its beat or another worker finds it.
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  /** DBOS counts the runs of each queue; this worker counts all of them. */
  async #turn(): Promise<void> {
    while (this.#running >= this.#options.row.concurrency && !this.#draining)
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running += 1;
  }

  async #carry(run: string): Promise<void> {
    const { database, row, execute } = this.#options;
    const claimed = await throughOutages(() => database.rows<Claimed>(CLAIM, [run, row.worker]));
    const [found] = claimed;
    if (found === undefined) return;
    const carriage = new Carriage({ run, worker: row.worker, epoch: found.epoch }, this.#options, this.#locks);
    this.#carried.set(run, carriage);
    if (this.#draining) carriage.handOver();
    try {
      if (found.cancel !== null) carriage.end(found.cancel);
      await carriage.carry(found.job, execute);
    } finally {
      this.#carried.delete(run);
      if (carriage.isGivenBack) await this.#giveBack(carriage.tenure, found.queue);
      carriage.finish();
    }
  }

  /** @param lane where it waits for another worker */
  async #giveBack({ run, worker, epoch }: Tenure, lane: string): Promise<void> {
    const [still] = await throughOutages(() =>
      this.#options.database.rows<{ id: string }>(
        `UPDATE lockstep.run SET worker = NULL, epoch = epoch + 1, status = 'queued', changed = now()
         WHERE id = $1 AND worker = $2 AND epoch = $3 AND status <> 'ended' RETURNING id`,
        [run, worker, epoch],
      ),
    );
    if (still !== undefined) await this.#queue.putBack(run, lane);
  }

  #hear(news: readonly TenureNews[]): void {
    for (const one of this.#carried.values()) {
      const ours = news.find(({ run }) => run === one.tenure.run);
      one.hear(ours?.epoch);
      if (ours?.epoch === one.tenure.epoch && ours.cancel !== null) one.end(ours.cancel);
    }
  }
}

interface Claimed extends Readonly<Record<string, unknown>> {
  readonly job: string;
  readonly epoch: number;
  readonly cancel: 'gently' | 'now' | null;
  readonly queue: string;
}

/** One run for as long as this worker has it. */
class Carriage {
  readonly tenure: Tenure;
  readonly #options: WorkerOptions;
  readonly #locks: StepLocks;
  readonly #cancel = new AbortController();
  readonly #kill = new AbortController();
  readonly #done = Promise.withResolvers<void>();
  readonly #journal: JournalTable;
  #handsOver = false;
  #isLost = false;
  #hasEnded = false;
  #doubts = 0;

  constructor(tenure: Tenure, options: WorkerOptions, locks: StepLocks) {
    this.tenure = tenure;
    this.#options = options;
    this.#locks = locks;
    this.#journal = new JournalTable(options.database, tenure, {
      lost: () => this.lose(),
      now: options.now,
      root: options.row.repository,
    });
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  get isGivenBack(): boolean {
    return (this.#handsOver || this.#isLost) && !this.#hasEnded;
  }

  finish(): void {
    this.#done.resolve();
  }

  /** What a person wants. */
  end(how: 'gently' | 'now'): void {
    this.#cancel.abort();
    if (how === 'now') this.#kill.abort();
  }

  /** Nothing more starts here; what runs may end. */
  handOver(): void {
    this.#handsOver = true;
  }

  /** Nothing that it does from here on counts. */
  lose(): void {
    this.#isLost = true;
    this.#journal.close();
    this.#cancel.abort();
    this.#kill.abort();
  }

  /** @param epoch in the database; where it is not ours twice in a row, another worker has the run */
  hear(epoch: number | undefined): void {
    this.#doubts = epoch === this.tenure.epoch ? 0 : this.#doubts + 1;
    if (this.#doubts > 1 && !this.#hasEnded) this.lose();
  }

  async carry(row: string, execute: WorkerOptions['execute']): Promise<void> {
    const { database } = this.#options;
    const { run } = this.tenure;
    const lines = await throughOutages(() =>
      database.rows<{ line: string }>('SELECT line FROM lockstep.line WHERE run = $1 ORDER BY epoch, n', [run]),
    );
    const read = lines.flatMap(({ line }) => journalLine(line) ?? []);
    const past = journaledRun(read, () => false);
    const isBegun = read.filter(({ type }) => type === 'opened').length > 1;
    const refuse = (report: RunReport) => this.#fail(report);
    if (past === undefined) return refuse(damaged(run));
    let sent: ReturnType<typeof readJob>;
    try {
      sent = readJob(row);
    } catch {
      return refuse(damaged(run, past.header.tool));
    }
    const self = this;
    await execute({
      ...{ ...sent, past, isBegun, home: this.#home() },
      ...{ cancel: this.#cancel.signal, kill: this.#kill.signal },
      get isLost() {
        return self.#isLost || (self.#handsOver && !self.#hasEnded);
      },
      fail: refuse,
    });
    if (!this.#isLost && !this.#hasEnded) await this.#journal.written().catch(() => undefined);
  }

  #home(): RunHome {
    return {
      claim: async () => undefined,
      release: () => undefined,
      begin: () => this.#journal,
      reopen: () => this.#journal,
      backend: (local) => this.#backend(local),
    };
  }

  #backend(local: LocalBackendOptions): PostgresBackend {
    const { database } = this.#options;
    const { run } = this.tenure;
    const journal = this.#journal;
    const event = journal.event.bind(journal);
    journal.event = (one) => {
      event(one);
      if (one.type === 'run-finished') this.#hasEnded = true;
    };
    return new PostgresBackend({
      journal,
      locks: this.#locks,
      mayStart: () => {
        if (this.#handsOver || this.#isLost) throw lostRun(run);
      },
      local: {
        ...local,
        approver: {
          by: local.approver.by,
          answers: (question) => {
            if (this.#handsOver || this.#isLost) throw lostRun(run);
            return findPostedAnswer(database, run, question);
          },
        },
      },
    });
  }

  async #fail(report: RunReport): Promise<void> {
    if (this.#isLost) return;
    this.#journal.event({ type: 'run-finished', report });
    this.#hasEnded = true;
    await this.#journal.written();
  }
}

function damaged(run: string, tool = ''): RunReport {
  const reason = { why: 'not-started', detail: 'its job in the database is damaged' } as const;
  return { run, tool, status: 'failed', reason, steps: [], outputs: {}, durationMs: 0 };
}
