import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import type { Given, Question } from '../../run/execution-backend.ts';
import type { GivenAnswer } from '../answers.ts';
import type { JournalHeader, JournalLine } from '../journal.ts';
import { type JournaledRun, journaledRun, journalLine } from '../read-journal.ts';
import type { RunEngine, WorkerSummary } from '../run-engine.ts';
import { eventOf, type LogLine, type LogOptions, wordsOf } from '../run-log.ts';
import { ambiguousRun, answeredBefore, noRuns, unknownRun } from '../run-refusals.ts';
import { NEWEST } from '../run-store.ts';
import { type RunSummary, summaryOf } from '../run-summary.ts';
import type { RunNews } from '../run-watch.ts';
import type { Database, Queries } from './database.ts';
import { type SignedJob, sealedRow } from './job.ts';
import { QueueClient, type Waiting } from './queue.ts';
import { LEASE_SECONDS } from './worker-watch.ts';

/** More runs than a person reads; older ones are found by name. */
const MOST_LISTED = 200;
const LOOK_MS = 150;
const NEWS_MS = 500;
/** Lines that one statement reads. */
const PAGE = 2_000;

/** A run to put into its queue. */
export interface Submission {
  readonly run: string;
  readonly tool: string;
  readonly group: string | null;
  readonly job: SignedJob;
  /** The first line of its journal. */
  readonly header: JournalHeader;
  readonly waiting: Waiting;
  /** Not before this time, ISO 8601. */
  readonly starts?: string;
  /** Where a run with this key has not ended, there is no other. */
  readonly dedupe?: string;
}

interface RunRow {
  readonly id: string;
  readonly queue: string;
  readonly status: string;
  readonly worker: string | null;
  readonly starts: Date | null;
  readonly alive: boolean;
}

/** A run is abandoned where its worker is not in the table of workers any more, or has not been seen for too long. */
const RUN_COLUMNS = `r.id, r.queue, r.status, r.worker, r.starts,
  EXISTS (SELECT 1 FROM lockstep.worker w WHERE w.id = r.worker
    AND w.seen > now() - make_interval(secs => ${LEASE_SECONDS * 2})) AS alive`;

/** The runs of a repository in a PostgreSQL database, which workers carry. */
export class PostgresEngine implements RunEngine {
  readonly name = 'postgres';
  readonly database: Database;
  readonly queue: QueueClient;
  readonly #repository: string;
  readonly #now: () => Date;

  /** @param repository the id of its vault: the same for every checkout */
  constructor(database: Database, repository: string, now: () => Date) {
    this.database = database;
    this.queue = new QueueClient(database);
    this.#repository = repository;
    this.#now = now;
  }

  /** @returns the name of the run: of one with the same key, where that has not ended */
  async submit(submission: Submission): Promise<string> {
    const { run, tool, group, job, header, waiting, starts, dedupe } = submission;
    return this.database.transaction(async (queries, client) => {
      const [made] = await queries.rows<{ id: string }>(
        `INSERT INTO lockstep.run (id, repository, tool, run_group, queue, job, dedupe, starts)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (repository, dedupe) WHERE status <> 'ended' DO NOTHING RETURNING id`,
        [run, this.#repository, tool, group, waiting.lane, sealedRow(job), dedupe ?? null, starts ?? null],
      );
      if (made === undefined) return this.#sameKey(queries, dedupe ?? '');
      await this.#write(queries, run, 0, { type: 'opened', ...header });
      await this.queue.enqueue(client, run, waiting);
      return run;
    });
  }

  async #sameKey(queries: Queries, dedupe: string): Promise<string> {
    const [found] = await queries.rows<{ id: string }>(
      `SELECT id FROM lockstep.run WHERE repository = $1 AND dedupe = $2 AND status <> 'ended'`,
      [this.#repository, dedupe],
    );
    if (found !== undefined) return found.id;
    throw new LockstepError('engine/unusable', 'a run with the same key ended at this moment', ['submit it again']);
  }

  async list(): Promise<{ runs: readonly RunSummary[]; unreadable: readonly string[] }> {
    const rows = await this.database.rows<RunRow & Row>(
      `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 ORDER BY id DESC LIMIT ${MOST_LISTED}`,
      [this.#repository],
    );
    const found = await this.#read(rows, `type NOT IN ('output', 'notice')`);
    const unreadable = rows.filter(({ id }) => !found.has(id)).map(({ id }) => id);
    return { runs: [...found.values()].map((run) => summaryOf(run, this.#now())), unreadable };
  }

  async find(name = NEWEST): Promise<JournaledRun> {
    const rows = await this.database.rows<RunRow & Row>(
      name === NEWEST
        ? `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 ORDER BY id DESC LIMIT 1`
        : `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 AND $2 <> ''
           AND (starts_with(id, $2) OR right(id, length($2)) = $2) ORDER BY id DESC LIMIT 6`,
      name === NEWEST ? [this.#repository] : [this.#repository, name],
    );
    const whole = rows.find(({ id }) => id === name);
    const [only, another] = whole === undefined ? rows : [whole];
    if (only === undefined) throw name === NEWEST ? noRuns() : unknownRun(name, await this.#names());
    if (another !== undefined)
      throw ambiguousRun(
        name,
        rows.map(({ id }) => id),
      );
    const run = (await this.#read([only], 'true')).get(only.id);
    if (run !== undefined) return run;
    throw new LockstepError('run/unknown', `the journal of the run ${only.id} is damaged`, ['lockstep runs list']);
  }

  async *lines(name: string | undefined, { follow, signal }: LogOptions): AsyncGenerator<JournalLine, void, undefined> {
    const { run } = (await this.find(name)).header;
    let after: readonly [epoch: number, n: number] = [-1, 0];
    for (; ; await pause(LOOK_MS, undefined, { signal })) {
      // First asks whether the run has ended, then reads: so the last lines before its end are read too.
      const goesOn = follow && !(await this.#hasEnded(run));
      for (let more = true; more; ) {
        const rows = await this.database.rows<LineRow & Row>(
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
    const rows = await this.database.rows<LineRow & Row>(
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

  async answer(run: string, { step, nth, about }: Question, { approved, by, reason }: Given): Promise<void> {
    const [given] = await this.database.rows<{ run: string }>(
      `INSERT INTO lockstep.answer (run, step, nth, about, approved, by, reason)
       VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING run`,
      [run, step, nth, about, approved, by, reason ?? null],
    );
    if (given !== undefined) return;
    const before = await findPostedAnswer(this.database, run, { step, nth, about, text: '' });
    throw answeredBefore(run, before ?? { step, nth, about, approved, by });
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
      if (row !== undefined) await this.#write(queries, run, row.epoch, { type: 'run-finished', report }, 1_000_000_000);
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
    await this.queue.putBack(run, place?.queue ?? '');
  }

  async prune(keep: number): Promise<string[]> {
    return this.#remove(
      `DELETE FROM lockstep.run WHERE status = 'ended' AND repository = $1 AND id NOT IN
       (SELECT id FROM lockstep.run WHERE repository = $1 ORDER BY id DESC LIMIT $2) RETURNING id`,
      keep,
    );
  }

  /** Removes runs of this repository that ended longer ago than this. */
  async pruneOlder(days: number): Promise<string[]> {
    return this.#remove(
      `DELETE FROM lockstep.run WHERE status = 'ended' AND repository = $1
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
    void this.#watch(tell, signal);
  }

  async #watch(tell: (news: RunNews) => void, signal: AbortSignal): Promise<void> {
    const known = new Map<string, string>();
    let since = new Date(0).toISOString();
    let isFirst = true;
    while (!signal.aborted) {
      const rows = await this.database
        .rows<NewsRow & Row>(
          `SELECT id, tool, run_group, status, job IS NOT NULL AS own, changed::text AS changed FROM lockstep.run
           WHERE repository = $1 AND changed >= $2 AND (changed > now() - interval '1 minute' OR status <> 'ended')
           ORDER BY changed`,
          [this.#repository, since],
        )
        .catch(() => []);
      for (const { id, tool, run_group, status, changed } of rows) {
        since = changed;
        if (known.get(id) === status) continue;
        known.set(id, status);
        if (status === 'ended') known.delete(id);
        if (!isFirst) tell({ run: id, tool, group: run_group, status: await this.#statusOf(id, status) });
      }
      isFirst = false;
      await pause(NEWS_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #statusOf(run: string, status: string): Promise<string> {
    if (status !== 'ended') return status;
    const found = await this.find(run).catch(() => undefined);
    return found?.report?.status ?? 'failed';
  }

  /** Runs of this repository by status. */
  async counts(): Promise<{ queued: number; running: number; waiting: number; ended: number }> {
    const rows = await this.database.rows<{ status: string; count: number }>(
      'SELECT status, count(*)::int AS count FROM lockstep.run WHERE repository = $1 GROUP BY status',
      [this.#repository],
    );
    const count = (status: string) => rows.find((row) => row.status === status)?.count ?? 0;
    return { queued: count('queued'), running: count('running'), waiting: count('waiting'), ended: count('ended') };
  }

  async workers(): Promise<readonly WorkerSummary[]> {
    const rows = await this.database.rows<WorkerRowRead & Row>(
      `SELECT w.*, coalesce((SELECT json_agg(json_build_object('run', r.id, 'tool', r.tool, 'since', r.claimed) ORDER BY r.claimed)
         FROM lockstep.run r WHERE r.worker = w.id AND r.status IN ('running', 'waiting')), '[]') AS runs
       FROM lockstep.worker w WHERE w.repository = $1 ORDER BY w.started`,
      [this.#repository],
    );
    const words = (text: string) => text.split(' ').filter((one) => one !== '');
    return rows.map((row) => ({
      ...{ worker: row.id, host: row.host, member: row.member, commit: row.commit },
      ...{ queues: words(row.queues), labels: words(row.labels), concurrency: row.concurrency },
      ...{ started: row.started.toISOString(), seen: row.seen.toISOString(), draining: row.draining },
      runs: row.runs.map((run) => ({ ...run, since: new Date(run.since).toISOString() })),
    }));
  }

  async #names(): Promise<readonly string[]> {
    const rows = await this.database.rows<{ id: string }>(
      `SELECT id FROM lockstep.run WHERE repository = $1 ORDER BY id DESC LIMIT ${MOST_LISTED}`,
      [this.#repository],
    );
    return rows.map(({ id }) => id);
  }

  async #hasEnded(run: string): Promise<boolean> {
    const [row] = await this.database.rows<{ status: string }>('SELECT status FROM lockstep.run WHERE id = $1', [run]);
    return row === undefined || row.status === 'ended';
  }

  /** @param which lines, as a condition of SQL */
  async #read(rows: readonly RunRow[], which: string): Promise<Map<string, JournaledRun>> {
    const lines = await this.database.rows<{ run: string; line: string }>(
      `SELECT run, line FROM lockstep.line WHERE run = ANY($1) AND ${which} ORDER BY run, epoch, n`,
      [rows.map(({ id }) => id)],
    );
    const byRun = Map.groupBy(lines, ({ run }) => run);
    const found = rows.flatMap((row) => {
      const read = (byRun.get(row.id) ?? []).flatMap(({ line }) => journalLine(line) ?? []);
      const run = journaledRun(read, () => false, placeOf(row));
      return run?.header.run === row.id ? [[row.id, run] as const] : [];
    });
    return new Map(found);
  }

  async #write(queries: Queries, run: string, epoch: number, line: Typed, n = 0): Promise<void> {
    const text = JSON.stringify({ time: this.#now().toISOString(), ...line });
    await queries.rows('INSERT INTO lockstep.line (run, epoch, n, type, line) VALUES ($1, $2, $3, $4, $5)', [
      ...[run, epoch, n, line.type, text],
    ]);
  }
}

type Row = Readonly<Record<string, unknown>>;
type Typed = Row & { readonly type: string };

interface LineRow {
  readonly epoch: number;
  readonly n: number;
  readonly line: string;
}

interface NewsRow {
  readonly id: string;
  readonly tool: string;
  readonly run_group: string | null;
  readonly status: string;
  readonly changed: string;
}

interface WorkerRowRead {
  readonly id: string;
  readonly host: string;
  readonly member: string;
  readonly commit: string;
  readonly queues: string;
  readonly labels: string;
  readonly concurrency: number;
  readonly started: Date;
  readonly seen: Date;
  readonly draining: boolean;
  readonly runs: readonly { readonly run: string; readonly tool: string; readonly since: string }[];
}

function placeOf({ queue, status, worker, starts, alive }: RunRow): NonNullable<JournaledRun['place']> {
  const atWork = alive ? 'at-work' : 'abandoned';
  const state = status === 'queued' || status === 'ended' ? status : atWork;
  return { state, queue, ...(worker !== null && { worker }), ...(starts && { starts: starts.toISOString() }) };
}

/** What `runs approve` wrote to a question of a run. */
export async function findPostedAnswer(
  database: Database,
  run: string,
  { step, nth, about }: Question,
): Promise<GivenAnswer | undefined> {
  const [found] = await database.rows<{ approved: boolean; by: string; reason: string | null }>(
    'SELECT approved, by, reason FROM lockstep.answer WHERE run = $1 AND step = $2 AND nth = $3 AND about = $4',
    [run, step, nth, about],
  );
  if (found === undefined) return undefined;
  const { approved, by, reason } = found;
  return { step, nth, about, approved, by, ...(reason !== null && { reason }) };
}
