import { setTimeout as pause } from 'node:timers/promises';
import type { JournaledRun } from '../read-journal.ts';
import type { RunNews } from '../run-watch.ts';
import type { Database, Row } from './database.ts';

const NEWS_MS = 500;

interface NewsRow extends Row {
  readonly id: string;
  readonly tool: string;
  readonly run_group: string | null;
  readonly status: string;
  readonly changed: string;
}

/** The engine whose runs are watched. */
interface Watched {
  readonly database: Database;
  find(name: string): Promise<JournaledRun>;
}

interface Watching {
  readonly repository: string;
  readonly tell: (news: RunNews) => void;
}

const NEWS = `SELECT id, tool, run_group, status, changed::text AS changed FROM lockstep.run
WHERE repository = $1 AND parent IS NULL AND changed >= $2 AND (changed > now() - interval '1 minute' OR status <> 'ended')
ORDER BY changed`;

/** Reports when a run changes its status, until the signal is aborted. While the database is away nothing is reported. */
export async function watchRows(engine: Watched, { repository, tell }: Watching, signal: AbortSignal): Promise<void> {
  const known = new Map<string, string>();
  let since = new Date(0).toISOString();
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const rows = await engine.database.rows<NewsRow>(NEWS, [repository, since]).catch(() => undefined);
    if (rows !== undefined) forgetEnded(known, rows);
    for (const { id, tool, run_group, status, changed } of rows ?? []) {
      since = changed;
      if (known.get(id) === status) continue;
      known.set(id, status);
      if (!isFirst) tell({ run: id, tool, group: run_group, status: await statusOf(engine, id, status) });
    }
    await pause(NEWS_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** A run that has ended changes no more: only those of the newest moment are read again. */
function forgetEnded(known: Map<string, string>, rows: readonly NewsRow[]): void {
  const present = new Set(rows.map(({ id }) => id));
  for (const [id, status] of known) if (status === 'ended' && !present.has(id)) known.delete(id);
}

async function statusOf(engine: Watched, run: string, status: string): Promise<string> {
  if (status !== 'ended') return status;
  const found = await engine.find(run).catch(() => undefined);
  return found?.report?.status ?? 'failed';
}
