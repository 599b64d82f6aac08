import type { RunReport } from '../../run/event.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import type { JournalHeader } from '../journal.ts';
import type { LocalBackendOptions } from '../local-backend.ts';
import type { JournaledRun } from '../read-journal.ts';
import type { RunHome } from '../run-home.ts';
import type { Database } from './database.ts';
import { type Job, readJob, type SignedJob } from './job.ts';
import { JournalTable, lostRun, type Tenure, throughOutages } from './journal-table.ts';
import { type AnswerProof, type AskingJob, findPostedAnswer } from './posted-answer.ts';
import { PostgresBackend } from './postgres-backend.ts';
import { provenRun } from './proven-run.ts';
import { RecordChain } from './record-chain.ts';
import { REFUSED, SentSteps, type StepJobs } from './sent-steps.ts';
import type { StepLocks } from './step-locks.ts';
import type { WorkerRow } from './worker-watch.ts';

/** A run that this worker has, as the project executes it. */
export interface CarriedRun {
  /** The row that the queue gave: what the job and the journal say of its name is not proven. */
  readonly run: string;
  readonly job: Job;
  readonly signed: SignedJob;
  /** What workers before this one, or the command that submitted it, put on record, as far as it is proven. */
  readonly past: JournaledRun;
  /** Whether a worker has begun with it before. */
  readonly isBegun: boolean;
  readonly home: RunHome;
  /** What another run of the same group has on record. */
  earlier(run: string): Promise<JournaledRun | undefined>;
  /** Ends it gently, and at once. */
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
  /** Whether another worker has it now, or shall have it: then its result here does not count. */
  readonly isLost: boolean;
  /** The report of a run that could not begin, or broke. */
  fail(report: RunReport): Promise<void>;
}

/** What a worker has for all of its runs. */
export interface CarriageOptions {
  readonly database: Database;
  readonly row: WorkerRow;
  readonly now: () => Date;
  readonly proof: AnswerProof;
  readonly stepJobs: StepJobs;
  /** Called before each step, once the run is on record as begun. */
  readonly begins: (run: string) => void;
  /** The key of a run's records; undefined for a job without a group. Never rejects: a key that opens nothing instead. */
  recordKey(job: Job, run: string): Promise<Uint8Array | undefined>;
}

/** One run for as long as this worker has it. */
export class Carriage {
  readonly tenure: Tenure;
  readonly #options: CarriageOptions;
  readonly #locks: StepLocks;
  readonly #cancel = new AbortController();
  readonly #kill = new AbortController();
  readonly #gone = new AbortController();
  readonly #journal: JournalTable;
  #sent: SentSteps | undefined;
  #handsOver = false;
  #isLost = false;
  #hasEnded = false;
  #doubts = 0;

  constructor(tenure: Tenure, options: CarriageOptions, locks: StepLocks) {
    this.tenure = tenure;
    this.#options = options;
    this.#locks = locks;
    this.#journal = new JournalTable(options.database, tenure, {
      lost: () => this.lose(),
      now: options.now,
      root: options.row.repository,
    });
  }

  /** What a person wants. */
  end(how: 'gently' | 'now'): void {
    this.#cancel.abort();
    if (how === 'now') this.#kill.abort();
  }

  /** Nothing more starts here; what runs may end. */
  handOver(): void {
    this.#handsOver = true;
    this.#sent?.leave();
  }

  /** Nothing that it does from here on counts. */
  lose(): void {
    this.#isLost = true;
    this.#journal.close();
    this.#gone.abort();
    this.#cancel.abort();
    this.#kill.abort();
  }

  /** @param epoch in the database; where it is not ours twice in a row, another worker has the run */
  hear(epoch: number | undefined): void {
    this.#doubts = epoch === this.tenure.epoch ? 0 : this.#doubts + 1;
    if (this.#doubts > 1 && !this.#hasEnded) this.lose();
  }

  async carry(row: string, execute: (run: CarriedRun) => Promise<void>): Promise<void> {
    const { database } = this.#options;
    const { run } = this.tenure;
    let isStep = false;
    const refuse = (report: RunReport) => this.#fail(report, isStep);
    let sent: ReturnType<typeof readJob>;
    try {
      sent = readJob(row);
    } catch {
      const { past } = await provenRun(database, run, undefined);
      return refuse(damaged(run, past?.header.tool));
    }
    isStep = sent.job.step !== undefined;
    const chain = await this.#chainOf(sent.job, run);
    const { past, isBegun } = await provenRun(database, run, chain);
    if (past === undefined) return refuse(damaged(run));
    this.#journal.proveBy(chain);
    const self = this;
    await execute({
      ...{ ...sent, run, past, isBegun, home: this.#home(sent, past.header) },
      earlier: async (other) => (await provenRun(database, other, await this.#chainOf(sent.job, other))).past,
      ...{ cancel: this.#cancel.signal, kill: this.#kill.signal },
      get isLost() {
        return self.#isLost || (self.#handsOver && !self.#hasEnded);
      },
      fail: refuse,
    });
    if (!this.#isLost && !this.#hasEnded) await this.#journal.written().catch(() => undefined);
  }

  async #chainOf(job: Job, run: string): Promise<RecordChain | undefined> {
    const key = await this.#options.recordKey(job, run);
    return key && new RecordChain(key);
  }

  #home(asking: AskingJob, header: JournalHeader): RunHome {
    const sentSteps = this.#sentSteps(asking, header);
    return {
      sendsSteps: true,
      claim: async () => undefined,
      release: () => undefined,
      begin: () => this.#journal,
      reopen: () => this.#journal,
      backend: (local) => this.#backend(local, asking, sentSteps),
    };
  }

  #sentSteps({ job }: AskingJob, header: JournalHeader): SentSteps {
    const { database, stepJobs, row, now } = this.#options;
    this.#sent = new SentSteps(database, stepJobs, {
      ...{ tenure: this.tenure, repository: row.repository, job, header, now, lost: this.#gone.signal },
      lose: () => this.lose(),
      cancel: () => this.end('gently'),
      chainOf: (run) => this.#chainOf(job, run),
    });
    return this.#sent;
  }

  #backend(local: LocalBackendOptions, asking: AskingJob, sentSteps: SentSteps): PostgresBackend {
    const { database, proof } = this.#options;
    const { run } = this.tenure;
    const [journal, locks] = [this.#journal, this.#locks];
    const event = journal.event.bind(journal);
    journal.event = (one) => {
      event(one);
      if (one.type === 'run-finished') this.#hasEnded = true;
    };
    return new PostgresBackend({
      ...{ journal, sentSteps },
      hold: (asking.job.step === undefined ? locks.hold : locks.holdSent).bind(locks),
      lockLost: () => this.lose(),
      mayStart: () => {
        if (this.#handsOver || this.#isLost) throw lostRun(run);
        this.#options.begins(run);
      },
      local: {
        ...local,
        approver: {
          by: local.approver.by,
          answers: (question) => {
            if (this.#handsOver || this.#isLost) throw lostRun(run);
            return findPostedAnswer(database, proof, asking, question);
          },
          prove: (question) => throughOutages(() => findPostedAnswer(database, proof, asking, question)),
        },
      },
    });
  }

  async #fail(report: RunReport, isStep: boolean): Promise<void> {
    if (this.#isLost) return;
    // The worker that has sent a step takes only what is proven.
    if (isStep) this.#journal.ended(refusedStep(report));
    this.#journal.event({ type: 'run-finished', report });
    this.#hasEnded = true;
    await this.#journal.written();
  }
}

function refusedStep({ reason = { why: 'cancelled' } }: RunReport): StepRecord {
  return { report: { id: REFUSED, status: 'failed', exitCode: null, attempts: 0, durationMs: 0, reason }, outputs: {} };
}

function damaged(run: string, tool = ''): RunReport {
  const reason = { why: 'not-started', detail: 'its job in the database is damaged' } as const;
  return { run, tool, status: 'failed', reason, steps: [], outputs: {}, durationMs: 0 };
}
