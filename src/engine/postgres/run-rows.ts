import { journalLine } from '../journal-line.ts';
import { type JournaledRun, journaledRun, type RunPlace } from '../read-journal.ts';
import { NEWEST } from '../run-store.ts';
import type { Database, Row } from './database.ts';
import { LEASE_SECONDS } from './worker-watch.ts';

export interface RunRow extends Row {
  readonly id: string;
  readonly queue: string;
  readonly status: string;
  readonly worker: string | null;
  readonly starts: Date | null;
  readonly alive: boolean;
}

/** A run is abandoned where its worker is not in the table of workers any more, or has not been seen for too long. */
export const RUN_COLUMNS = `r.id, r.queue, r.status, r.worker, r.starts,
  EXISTS (SELECT 1 FROM lockstep.worker w WHERE w.id = r.worker
    AND w.seen > now() - make_interval(secs => ${LEASE_SECONDS * 2})) AS alive`;

export interface LineRow extends Row {
  readonly epoch: number;
  readonly n: number;
  readonly line: string;
}

/** The newest run, or the one with this name, else those whose names begin or end so: at most six. */
export async function rowsNamed(database: Database, repository: string, name: string): Promise<readonly RunRow[]> {
  const ours = `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 AND parent IS NULL`;
  if (name === NEWEST) return database.rows<RunRow>(`${ours} ORDER BY id DESC LIMIT 1`, [repository]);
  // An index finds a whole name; for a part of one all rows are read.
  const whole = await database.rows<RunRow>(`${ours} AND id = $2`, [repository, name]);
  if (whole.length > 0) return whole;
  return database.rows<RunRow>(
    `${ours} AND $2 <> '' AND (starts_with(id, $2) OR right(id, length($2)) = $2) ORDER BY id DESC LIMIT 6`,
    [repository, name],
  );
}

/** @param which lines, as a condition of SQL */
export async function readRuns(
  database: Database,
  rows: readonly RunRow[],
  which: string,
): Promise<Map<string, JournaledRun>> {
  const lines = await database.rows<{ run: string; line: string }>(
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

/** The newest runs of a tool, newest first, only with their answers. */
export async function answeredRuns(database: Database, repository: string, tool: string): Promise<JournaledRun[]> {
  const rows = await database.rows<RunRow>(
    `SELECT ${RUN_COLUMNS} FROM lockstep.run r WHERE repository = $1 AND tool = $2 AND parent IS NULL
     ORDER BY id DESC LIMIT ${MOST_ANSWERED}`,
    [repository, tool],
  );
  return [...(await readRuns(database, rows, `type IN ('opened', 'step-answered')`)).values()];
}

/** Runs of a tool in which an approval is looked for. */
const MOST_ANSWERED = 200;

function placeOf({ queue, status, worker, starts, alive }: RunRow): RunPlace {
  const atWork = alive ? 'at-work' : 'abandoned';
  const state = status === 'queued' || status === 'ended' ? status : atWork;
  return { state, queue, ...(worker !== null && { worker }), ...(starts && { starts: starts.toISOString() }) };
}
