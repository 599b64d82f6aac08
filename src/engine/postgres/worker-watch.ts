import { setTimeout as pause } from 'node:timers/promises';
import type { Database, Queries } from './database.ts';
import type { QueueClient } from './queue.ts';
import { OF_WORKER } from './step-rows.ts';
import { AFTER_RESTART_SECONDS, lockOfWorker, type WorkerSession } from './worker-session.ts';

/** Between two beats of a worker: how soon it hears of a cancel, and sees that another one is dead. */
const BEAT_MS = 250;
/** A worker that has not been seen for this long is stopped or cut off: the others end its session. */
export const LEASE_SECONDS = 10;

/** How a worker stands in the database. */
export interface WorkerRow {
  readonly worker: string;
  readonly repository: string;
  readonly host: string;
  readonly pid: number;
  readonly member: string;
  readonly commit: string;
  readonly queues: readonly string[];
  readonly labels: readonly string[];
  readonly concurrency: number;
}

/** What a beat reports about a run of this worker. */
export interface TenureNews {
  readonly run: string;
  readonly epoch: number;
  readonly cancel: 'gently' | 'now' | null;
  /** Whether it is a step that another worker has sent. */
  readonly sent: boolean;
}

const APPEAR = `
INSERT INTO lockstep.worker (id, repository, host, pid, member, commit, queues, labels, concurrency, session)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, pg_backend_pid())
ON CONFLICT (id) DO UPDATE SET session = pg_backend_pid(), seen = now()`;

const BEAT = `
WITH seen AS (
  UPDATE lockstep.worker SET seen = now(), session = pg_backend_pid(), draining = $2 WHERE id = $1
)
${OF_WORKER}`;

/** Workers with runs or steps that are not ended, other than this one. */
const OTHERS = `
SELECT worker FROM (
  SELECT executor_id AS worker FROM lockstep_dbos.workflow_status
  WHERE status = 'PENDING' AND application_name = 'lockstep'
  UNION SELECT worker FROM lockstep.run WHERE status IN ('running', 'waiting') AND worker IS NOT NULL
) AS at_work
WHERE worker <> $1 AND pg_postmaster_start_time() < now() - make_interval(secs => ${AFTER_RESTART_SECONDS})`;

/** Ends the sessions of workers that are stopped or cut off, so that their locks are released. */
const END_STALE = `
SELECT pg_terminate_backend(a.pid) FROM lockstep.worker w
JOIN pg_stat_activity a ON a.pid = w.session AND a.application_name = left('lockstep ' || w.id, 63)
WHERE w.id <> $1 AND w.seen < now() - make_interval(secs => ${LEASE_SECONDS})`;

const FENCE = `
UPDATE lockstep.run SET worker = NULL, epoch = epoch + 1, status = 'queued', changed = now()
WHERE worker = $1 AND status IN ('running', 'waiting')`;

const LEFT = `
SELECT s.workflow_uuid AS run, r.repository, r.queue AS lane FROM lockstep_dbos.workflow_status s
JOIN lockstep.run r ON r.id = s.workflow_uuid
WHERE s.status = 'PENDING' AND s.executor_id = $1 AND s.application_name = 'lockstep'`;

/** Keeps a worker known to the others, and takes over from those that are dead. */
export class WorkerWatch {
  readonly #session: WorkerSession;
  readonly #database: Database;
  readonly #queue: QueueClient;
  readonly #row: WorkerRow;
  #draining = false;

  constructor(session: WorkerSession, { database, queue }: { database: Database; queue: QueueClient }, row: WorkerRow) {
    this.#session = session;
    this.#database = database;
    this.#queue = queue;
    this.#row = row;
  }

  async appear(): Promise<void> {
    const { worker, repository, host, pid, member, commit, queues, labels, concurrency } = this.#row;
    await this.#session.rows(APPEAR, [
      ...[worker, repository, host, pid, member, commit],
      ...[queues.join(' '), labels.join(' '), concurrency],
    ]);
  }

  /** From now on it is shown as one that takes no more runs. */
  drain(): void {
    this.#draining = true;
  }

  async disappear(): Promise<void> {
    await this.#database.rows('DELETE FROM lockstep.worker WHERE id = $1', [this.#row.worker]).catch(() => undefined);
  }

  /** Beats until the signal is aborted. @param hear called with all runs that the database says this worker has */
  async keep(hear: (news: readonly TenureNews[]) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        hear(await this.#session.rows<TenureNews & QueryResult>(BEAT, [this.#row.worker, this.#draining]));
        await this.#takeOver();
      } catch {
        // The database is away, and so is every other worker's.
      }
      await pause(BEAT_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #takeOver(): Promise<void> {
    await this.#session.rows(END_STALE, [this.#row.worker]);
    const others = await this.#session.rows<{ worker: string }>(OTHERS, [this.#row.worker]);
    for (const { worker } of others) {
      const lock = lockOfWorker(worker);
      if (!(await this.#session.tryLock(lock))) continue;
      try {
        await takeOverFrom(this.#database, this.#queue, worker);
      } finally {
        await this.#session.unlock(lock);
      }
    }
  }
}

type QueryResult = Readonly<Record<string, unknown>>;

/** Puts all runs of a worker, which is dead or gives them up, back into their queues. */
export async function takeOverFrom(database: Database, queue: QueueClient, worker: string): Promise<void> {
  const left = await database.transaction(async (queries: Queries) => {
    await queries.rows(FENCE, [worker]);
    await queries.rows('DELETE FROM lockstep.worker WHERE id = $1', [worker]);
    return queries.rows<{ run: string; repository: string; lane: string }>(LEFT, [worker]);
  });
  for (const { run, ...place } of left) await queue.putBack(run, place);
}
