import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import type { Given, Question } from '../../run/execution-backend.ts';
import { formerApprovals } from '../former-approvals.ts';
import type { JournalLine } from '../journal.ts';
import { journalLine } from '../journal-line.ts';
import type { JournaledRun } from '../read-journal.ts';
import { type RunDetails, runDetails } from '../run-details.ts';
import type { RunEngine, WorkerSummary } from '../run-engine.ts';
import { eventOf, type LogLine, type LogOptions, wordsOf } from '../run-log.ts';
import { ambiguousRun, answeredBefore, noRuns, unknownRun } from '../run-refusals.ts';
import { NEWEST } from '../run-store.ts';
import { type RunSummary, summaryOf } from '../run-summary.ts';
import type { RunNews } from '../run-watch.ts';
import type { Database, Queries, Row } from './database.ts';
import { readJob } from './job.ts';
import { type AnswerProof, findPostedAnswer, postAnswer } from './posted-answer.ts';
import { QueueClient } from './queue.ts';
import { watchRows } from './run-news.ts';
import { answeredRuns, type LineRow, RUN_COLUMNS, type RunRow, readRuns, rowsNamed } from './run-rows.ts';
import { type Submission, submitRow } from './submission.ts';
import { countRuns, listWorkers, type RunCounts } from './worker-rows.ts';

/** More runs than a person reads; older ones are found by name. */
const MOST_LISTED = 200;
const LOOK_MS = 150;
/** Lines that one statement reads. */
const PAGE = 2_000;

export interface EngineWorld {
  readonly now: () => Date;
  readonly proof: AnswerProof;
}

/** The runs of a repository in a PostgreSQL database, which workers carry. */
export class PostgresEngine implements RunEngine {
  readonly name = 'postgres';
  readonly database: Database;
  readonly queue: QueueClient;
  readonly #repository: string;
  readonly #now: () => Date;
  readonly #proof: AnswerProof;

  /** @param repository the id of its vault: the same for every checkout */
  constructor(database: Database, repository: string, { now, proof }: EngineWorld) {
    this.#proof = proof;
    this.database = database;
    this.queue = new QueueClient(database);
    this.#repository = repository;
    this.#now = now;
  }

  /** @returns the name of the run: of one with the same key, where that has not ended */
  submit(submission: Submission): Promise<string> {
    const { database, queue } = this;
    return submitRow({ database, queue, repository: this.#repository, now: this.#now }, submission);
  }

  async list(): Promise<{ runs: readonly RunSummary[]; unreadable: readonly string[] }> {
    const rows = await this.database.rows<RunRow>(
      `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 AND parent IS NULL
       ORDER BY id DESC LIMIT ${MOST_LISTED}`,
      [this.#repository],
    );
    const found = await readRuns(this.database, rows, `type NOT IN ('output', 'notice')`);
    const unreadable = rows.filter(({ id }) => !found.has(id)).map(({ id }) => id);
    return { runs: [...found.values()].map((run) => summaryOf(run, this.#now())), unreadable };
  }

  async find(name = NEWEST): Promise<JournaledRun> {
    const rows = await rowsNamed(this.database, this.#repository, name);
    const [only, another] = rows;
    if (only === undefined) throw name === NEWEST ? noRuns() : unknownRun(name, await this.#names());
    if (another !== undefined)
      throw ambiguousRun(
        name,
        rows.map(({ id }) => id),
      );
    const run = (await readRuns(this.database, [only], 'true')).get(only.id);
    if (run !== undefined) return run;
    throw new LockstepError('run/unknown', `the journal of the run ${only.id} is damaged`, ['lockstep runs list']);
  }

  async details(run: JournaledRun): Promise<RunDetails> {
    const others = run.waiting.length > 0 ? await answeredRuns(this.database, this.#repository, run.header.tool) : [];
    return runDetails(run, this.#now(), formerApprovals(run, others));
  }

  async *lines(name: string | undefined, { follow, signal }: LogOptions): AsyncGenerator<JournalLine, void, undefined> {
    const { run } = (await this.find(name)).header;
    let after: readonly [epoch: number, n: number] = [-1, 0];
    for (; ; await pause(LOOK_MS, undefined, { signal })) {
      // First asks whether the run has ended, then reads: so the last lines before its end are read too.
      const goesOn = follow && !(await this.#hasEnded(run));
      for (let more = true; more; ) {
        const rows = await this.database.rows<LineRow>(
          `SELECT epoch, n, line FROM lockstep.line WHERE run = $1 AND (epoch, n) > ($2, $3)
           ORDER BY epoch, n LIMIT ${PAGE}`,
          [run, ...after],
        );
        for (const { epoch, n, line } of rows) {
          after = [epoch, n];
          const read = journalLine(line);
          if (read !== undefined) yield read;
        }
        more = rows.length === PAGE;
      }
      if (!goesOn) return;
    }
  }

  async log(name: string, after: number, limit: number): Promise<readonly LogLine[]> {
    const { run } = (await this.find(name)).header;
    const rows = await this.database.rows<LineRow>(
      'SELECT epoch, n, line FROM lockstep.line WHERE run = $1 ORDER BY epoch, n OFFSET $2 LIMIT $3',
      [run, after, limit],
    );
    return rows.flatMap(({ line }, at) => {
      const read = journalLine(line);
      const event = read && eventOf(read);
      return read === undefined || event === undefined
        ? []
        : { id: after + at + 1, time: read.time, event, ...wordsOf(event) };
    });
  }

  async answer(run: string, question: Question, given: Given): Promise<void> {
    const asking = readJob(await this.jobOf(run));
    if (await postAnswer(this.database, this.#proof, asking, question, given)) return;
    const before = await findPostedAnswer(this.database, this.#proof, asking, question);
    const { step, nth, about } = question;
    throw answeredBefore(run, before ?? { step, nth, about, ...given });
  }

  async cancel(name: string, atOnce: boolean): Promise<string> {
    const { run } = (await this.find(name)).header;
    const [told] = await this.database.rows<{ status: string; worker: string | null }>(
      `UPDATE lockstep.run SET cancel = $2, changed = now() WHERE id = $1 AND status <> 'ended' RETURNING status, worker`,
      [run, atOnce ? 'now' : 'gently'],
    );
    if (told === undefined)
      throw new LockstepError('run/not-resumable', `the run ${run} is not running; nothing to cancel`, [
        `lockstep runs show ${run}`,
      ]);
    if (told.worker === null) await this.#endUnstarted(run);
    return run;
  }

  /** A run that no worker has ends here; where one has taken it in this moment, the worker reads the cancel itself. */
  async #endUnstarted(run: string): Promise<void> {
    const journaled = await this.find(run);
    const report = {
      ...{ run, tool: journaled.header.tool, status: 'cancelled', reason: { why: 'cancelled' } },
      ...{ steps: [...journaled.recorded.values()].map((one) => one.report), outputs: {}, durationMs: 0 },
    };
    const isOurs = await this.database.transaction(async (queries) => {
      const [row] = await queries.rows<{ epoch: number }>(
        `UPDATE lockstep.run SET status = 'ended', ended = now(), changed = now()
         WHERE id = $1 AND worker IS NULL AND status <> 'ended' RETURNING epoch`,
        [run],
      );
      if (row !== undefined)
        await this.#write(queries, run, row.epoch, { type: 'run-finished', report }, 1_000_000_000);
      return row !== undefined;
    });
    if (isOurs) await this.queue.withdraw(run);
  }

  /** The row of its job: readJob. */
  async jobOf(run: string): Promise<string> {
    const [row] = await this.database.rows<{ job: string }>('SELECT job FROM lockstep.run WHERE id = $1', [run]);
    return row?.job ?? '';
  }

  /** Puts a run that no living worker has into its queue again. */
  async requeue({ header: { run }, place }: JournaledRun): Promise<void> {
    await this.database.rows(
      `UPDATE lockstep.run SET worker = NULL, epoch = epoch + 1, status = 'queued', changed = now()
       WHERE id = $1 AND status <> 'ended'`,
      [run],
    );
    await this.queue.putBack(run, { repository: this.#repository, lane: place?.queue ?? '' });
  }

  async prune(keep: number): Promise<string[]> {
    return this.#remove(
      `DELETE FROM lockstep.run WHERE status = 'ended' AND repository = $1 AND parent IS NULL AND id NOT IN
       (SELECT id FROM lockstep.run WHERE repository = $1 AND parent IS NULL ORDER BY id DESC LIMIT $2) RETURNING id`,
      keep,
    );
  }

  /** Removes runs of this repository that ended longer ago than this. */
  async pruneOlder(days: number): Promise<string[]> {
    return this.#remove(
      `DELETE FROM lockstep.run WHERE status = 'ended' AND repository = $1 AND parent IS NULL
       AND ended < now() - make_interval(days => $2) RETURNING id`,
      days,
    );
  }

  async #remove(sql: string, limit: number): Promise<string[]> {
    const removed = await this.database.rows<{ id: string }>(sql, [this.#repository, limit]);
    const names = removed.map(({ id }) => id).sort();
    await this.queue.forget(names);
    return names;
  }

  watch(tell: (news: RunNews) => void, signal: AbortSignal): void {
    void watchRows(this, { repository: this.#repository, tell }, signal);
  }

  counts(): Promise<RunCounts> {
    return countRuns(this.database, this.#repository);
  }

  workers(): Promise<readonly WorkerSummary[]> {
    return listWorkers(this.database, this.#repository);
  }

  async #names(): Promise<readonly string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `SELECT id FROM lockstep.run WHERE repository = $1 AND parent IS NULL ORDER BY id DESC LIMIT ${MOST_LISTED}`,
      [this.#repository],
    );
    return rows.map(({ id }) => id);
  }

  async #hasEnded(run: string): Promise<boolean> {
    const [row] = await this.database.rows<{ status: string }>('SELECT status FROM lockstep.run WHERE id = $1', [run]);
    return row === undefined || row.status === 'ended';
  }

  async #write(queries: Queries, run: string, epoch: number, line: Typed, n = 0): Promise<void> {
    const text = JSON.stringify({ time: this.#now().toISOString(), ...line });
    await queries.rows('INSERT INTO lockstep.line (run, epoch, n, type, line) VALUES ($1, $2, $3, $4, $5)', [
      ...[run, epoch, n, line.type, text],
    ]);
  }
}

type Typed = Row & { readonly type: string };
