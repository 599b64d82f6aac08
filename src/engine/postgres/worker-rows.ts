import type { WorkerSummary } from '../run-engine.ts';
import type { Database, Row } from './database.ts';

export interface RunCounts {
  readonly queued: number;
  readonly running: number;
  readonly waiting: number;
  readonly ended: number;
}

/** Runs of this repository by status. */
export async function countRuns(database: Database, repository: string): Promise<RunCounts> {
  const rows = await database.rows<{ status: string; count: number }>(
    'SELECT status, count(*)::int AS count FROM lockstep.run WHERE repository = $1 AND parent IS NULL GROUP BY status',
    [repository],
  );
  const count = (status: string) => rows.find((row) => row.status === status)?.count ?? 0;
  return { queued: count('queued'), running: count('running'), waiting: count('waiting'), ended: count('ended') };
}

export async function listWorkers(database: Database, repository: string): Promise<readonly WorkerSummary[]> {
  const rows = await database.rows<WorkerRowRead>(
    `SELECT w.*, coalesce((SELECT json_agg(json_build_object('run', coalesce(r.parent, r.id), 'tool', r.tool, 'since', r.claimed, 'step', r.step) ORDER BY r.claimed)
         FROM lockstep.run r WHERE r.worker = w.id AND r.status IN ('running', 'waiting')), '[]') AS runs
       FROM lockstep.worker w WHERE w.repository = $1 ORDER BY w.started`,
    [repository],
  );
  const words = (text: string) => text.split(' ').filter((one) => one !== '');
  return rows.map((row) => ({
    ...{ worker: row.id, host: row.host, member: row.member, commit: row.commit },
    ...{ queues: words(row.queues), labels: words(row.labels), concurrency: row.concurrency },
    ...{ started: row.started.toISOString(), seen: row.seen.toISOString(), draining: row.draining },
    runs: row.runs.map(({ run, tool, since, step }) => ({
      ...{ run, tool, since: new Date(since).toISOString() },
      ...(step !== null && { step }),
    })),
  }));
}

interface WorkerRowRead extends Row {
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
  readonly runs: readonly (Pick<WorkerSummary['runs'][number], 'run' | 'tool' | 'since'> & {
    readonly step: string | null;
  })[];
}
