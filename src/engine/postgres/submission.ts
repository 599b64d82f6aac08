import { LockstepError } from '../../errors.ts';
import type { JournalHeader } from '../journal.ts';
import type { Database, Queries } from './database.ts';
import { type SignedJob, sealedRow } from './job.ts';
import type { QueueClient, Waiting } from './queue.ts';

/** A run to put into its queue. */
export interface Submission {
  readonly run: string;
  readonly tool: string;
  readonly group: string | null;
  readonly job: SignedJob;
  /** The first line of its journal. */
  readonly header: JournalHeader;
  readonly waiting: Omit<Waiting, 'repository'>;
  /** Not before this time, ISO 8601. */
  readonly starts?: string;
  /** At most one run with this key is in a queue or at work. */
  readonly dedupe?: string;
}

interface Submitting {
  readonly database: Database;
  readonly queue: QueueClient;
  readonly repository: string;
  readonly now: () => Date;
}

/** Writes the run, the first line of its journal and its place in the queue, or nothing of it. */
export function submitRow({ database, queue, repository, now }: Submitting, submission: Submission): Promise<string> {
  const { run, tool, group, job, header, waiting, starts, dedupe } = submission;
  return database.transaction(async (queries, client) => {
    const [made] = await queries.rows<{ id: string }>(
      `INSERT INTO lockstep.run (id, repository, tool, run_group, queue, job, dedupe, starts)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
       ON CONFLICT (repository, dedupe) WHERE status <> 'ended' DO NOTHING RETURNING id`,
      [run, repository, tool, group, waiting.lane, sealedRow(job), dedupe ?? null, starts ?? null],
    );
    if (made === undefined) return sameKey(queries, repository, dedupe ?? '');
    const line = { time: now().toISOString(), type: 'opened', ...header };
    await queries.rows(`INSERT INTO lockstep.line (run, epoch, n, type, line) VALUES ($1, 0, 0, 'opened', $2)`, [
      run,
      JSON.stringify(line),
    ]);
    await queue.enqueue(client, run, { ...waiting, repository });
    return run;
  });
}

async function sameKey(queries: Queries, repository: string, dedupe: string): Promise<string> {
  const [found] = await queries.rows<{ id: string }>(
    `SELECT id FROM lockstep.run WHERE repository = $1 AND dedupe = $2 AND status <> 'ended'`,
    [repository, dedupe],
  );
  if (found !== undefined) return found.id;
  throw new LockstepError('engine/unusable', 'a run with the same key ended at this moment', ['submit it again']);
}
