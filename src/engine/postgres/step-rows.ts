import type { JournalHeader } from '../journal.ts';
import type { Database, Row } from './database.ts';
import { type SignedJob, sealedRow } from './job.ts';
import { laneOf } from './queue.ts';

/*
 * A step that a run has sent to other workers is a row of `run` that names its parent and the tenure of the worker which
 * sent it. It counts only while that worker has the parent: a worker that takes the parent over sends its steps again.
 */

export interface StepRow {
  readonly run: string;
  readonly parent: string;
  readonly parentEpoch: number;
  readonly repository: string;
  /** Its path. */
  readonly step: string;
  readonly job: SignedJob;
  readonly queue: string;
  readonly labels: readonly string[];
  /** The first line of its journal, and its time. */
  readonly header: JournalHeader;
  readonly time: Date;
}

const INSERT = `
WITH made AS (
  INSERT INTO lockstep.run (id, repository, tool, run_group, queue, job, parent, parent_epoch, step)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO lockstep.line (run, epoch, n, type, line) SELECT id, 0, 0, 'opened', $10 FROM made`;

/** Whether the worker that sent the step `s` still has its run. */
const COUNTS = `EXISTS (SELECT 1 FROM lockstep.run p WHERE p.id = s.parent AND p.epoch = s.parent_epoch
  AND p.worker IS NOT NULL AND p.status <> 'ended')`;

const CLAIM = `
UPDATE lockstep.run SET worker = $1, epoch = epoch + 1, status = 'running', claimed = now(), changed = now()
WHERE id = (
  SELECT s.id FROM lockstep.run s
  WHERE s.parent IS NOT NULL AND s.repository = $2 AND s.queue = ANY($3) AND s.status = 'queued' AND ${COUNTS}
  ORDER BY s.submitted LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id AS run, job, epoch, cancel`;

/** The runs and steps of a worker; -1 stands for the epoch of a step that counts no more. */
export const OF_WORKER = `
SELECT s.id AS run, s.cancel, CASE WHEN s.parent IS NULL OR ${COUNTS} THEN s.epoch ELSE -1 END AS epoch,
  s.parent IS NOT NULL AS sent
FROM lockstep.run s WHERE s.worker = $1 AND s.status IN ('running', 'waiting')`;

export async function insertStep(database: Database, row: StepRow): Promise<void> {
  const { run, parent, parentEpoch, repository, step, job, queue, labels, header, time } = row;
  const line = JSON.stringify({ time: time.toISOString(), type: 'opened', ...header });
  await database.rows(INSERT, [
    ...[run, repository, header.tool, header.group, laneOf(queue, labels), sealedRow(job)],
    ...[parent, parentEpoch, step, line],
  ]);
}

export interface ClaimedStep extends Row {
  readonly run: string;
  readonly job: string;
  readonly epoch: number;
  readonly cancel: 'gently' | 'now' | null;
}

/** The oldest step that waits in one of these lanes. */
export async function claimStep(
  database: Database,
  { worker, repository, lanes }: { readonly worker: string; readonly repository: string; readonly lanes: string[] },
): Promise<ClaimedStep | undefined> {
  const [claimed] = await database.rows<ClaimedStep>(CLAIM, [worker, repository, lanes]);
  return claimed;
}

/** Another worker may take a step that this one has not ended. */
export async function leaveStep(database: Database, run: string, worker: string): Promise<void> {
  await database.rows(
    `UPDATE lockstep.run SET worker = NULL, epoch = epoch + 1, status = 'queued', changed = now()
     WHERE id = $1 AND worker = $2 AND status <> 'ended'`,
    [run, worker],
  );
}

/** Its worker ends it; one that no worker has taken ends here. */
export async function cancelStep(database: Database, run: string, how: 'gently' | 'now'): Promise<void> {
  await database.rows(
    `UPDATE lockstep.run SET cancel = $2, changed = now(), status = CASE WHEN worker IS NULL THEN 'ended' ELSE status END
     WHERE id = $1 AND status <> 'ended'`,
    [run, how],
  );
}

/** Takes back a step that no worker has taken. @returns whether it did */
export async function takeStepBack(database: Database, run: string): Promise<boolean> {
  const rows = await database.rows('DELETE FROM lockstep.run WHERE id = $1 AND worker IS NULL RETURNING id', [run]);
  return rows.length > 0;
}

export async function removeStep(database: Database, run: string): Promise<void> {
  await database.rows('DELETE FROM lockstep.run WHERE id = $1', [run]);
}

/** Steps that a worker before this one has sent. */
export async function removeStepsOf(database: Database, parent: string): Promise<void> {
  await database.rows('DELETE FROM lockstep.run WHERE parent = $1', [parent]);
}

/** The row of a step, and the next line of its journal, if there is one. */
export interface StepNews extends Row {
  readonly run: string;
  /** Null where the row is gone. */
  readonly status: string | null;
  readonly worker: string | null;
  readonly epoch: number | null;
  readonly n: number | null;
  readonly line: string | null;
}

const NEWS = `
SELECT c.run, r.status, r.worker, l.epoch, l.n, l.line
FROM unnest($1::text[], $2::int[], $3::int[]) AS c (run, epoch, n)
LEFT JOIN lockstep.run r ON r.id = c.run
LEFT JOIN LATERAL (
  SELECT epoch, n, line FROM lockstep.line WHERE run = c.run AND (epoch, n) > (c.epoch, c.n) ORDER BY epoch, n LIMIT 500
) l ON true
ORDER BY c.run, l.epoch, l.n`;

/** @param after the last line that was read of each */
export function newsOfSteps(
  database: Database,
  after: ReadonlyMap<string, readonly [epoch: number, n: number]>,
): Promise<StepNews[]> {
  const places = [...after.values()];
  const columns = [[...after.keys()], places.map(([epoch]) => epoch), places.map(([, n]) => n)];
  return database.rows<StepNews>(NEWS, columns);
}
