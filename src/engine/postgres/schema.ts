import { LockstepError } from '../../errors.ts';
import type { Database, Queries } from './database.ts';
import { migrateQueue } from './queue.ts';

/*
 * The tables of Lockstep. DBOS keeps its queue beside them, in a schema of its own (queue.ts). A run is one row of `run`,
 * and its journal is in `line`: the same lines as in the file of the local engine. All texts are masked or sealed. A step
 * that a run has sent to other workers is a row of `run` too, which names its parent and lasts until the step has ended.
 */

/** Workers and commands of another version of the tables refuse the database. */
export const TABLES_VERSION = 3;

const TABLES = `
CREATE SCHEMA IF NOT EXISTS lockstep;
CREATE TABLE IF NOT EXISTS lockstep.version (version int NOT NULL, migrated timestamptz NOT NULL DEFAULT now());
CREATE TABLE IF NOT EXISTS lockstep.run (
  id text PRIMARY KEY,
  repository text NOT NULL,
  tool text NOT NULL,
  run_group text,
  queue text NOT NULL,
  job text NOT NULL,
  dedupe text,
  submitted timestamptz NOT NULL DEFAULT now(),
  starts timestamptz,
  status text NOT NULL DEFAULT 'queued',
  worker text,
  epoch int NOT NULL DEFAULT 0,
  claimed timestamptz,
  cancel text,
  ended timestamptz,
  changed timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS run_of_repository ON lockstep.run (repository, id DESC);
CREATE INDEX IF NOT EXISTS run_changed ON lockstep.run (repository, changed);
CREATE INDEX IF NOT EXISTS run_at_work ON lockstep.run (worker) WHERE status IN ('running', 'waiting');
CREATE UNIQUE INDEX IF NOT EXISTS run_dedupe ON lockstep.run (repository, dedupe) WHERE status <> 'ended';
ALTER TABLE lockstep.run ADD COLUMN IF NOT EXISTS parent text REFERENCES lockstep.run ON DELETE CASCADE;
ALTER TABLE lockstep.run ADD COLUMN IF NOT EXISTS parent_epoch int;
ALTER TABLE lockstep.run ADD COLUMN IF NOT EXISTS step text;
CREATE INDEX IF NOT EXISTS run_sent_steps ON lockstep.run (parent) WHERE parent IS NOT NULL;
DROP INDEX IF EXISTS lockstep.run_waiting_steps;
CREATE INDEX IF NOT EXISTS run_queued ON lockstep.run (repository, queue) WHERE parent IS NULL AND status = 'queued';
CREATE INDEX IF NOT EXISTS run_queued_steps ON lockstep.run (repository, queue, submitted)
  WHERE parent IS NOT NULL AND status = 'queued';
CREATE TABLE IF NOT EXISTS lockstep.line (
  run text NOT NULL REFERENCES lockstep.run ON DELETE CASCADE,
  epoch int NOT NULL,
  n int NOT NULL,
  type text NOT NULL,
  line text NOT NULL,
  PRIMARY KEY (run, epoch, n)
);
CREATE TABLE IF NOT EXISTS lockstep.answer (
  run text NOT NULL REFERENCES lockstep.run ON DELETE CASCADE,
  step text NOT NULL,
  nth int NOT NULL,
  about text NOT NULL,
  approved boolean NOT NULL,
  by text NOT NULL,
  reason text,
  member text NOT NULL,
  signature text NOT NULL,
  PRIMARY KEY (run, step, nth, about)
);
CREATE TABLE IF NOT EXISTS lockstep.worker (
  id text PRIMARY KEY,
  repository text NOT NULL,
  host text NOT NULL,
  pid int NOT NULL,
  member text NOT NULL,
  commit text NOT NULL,
  queues text NOT NULL,
  labels text NOT NULL,
  concurrency int NOT NULL,
  started timestamptz NOT NULL DEFAULT now(),
  seen timestamptz NOT NULL DEFAULT now(),
  draining boolean NOT NULL DEFAULT false,
  session int NOT NULL
);
CREATE TABLE IF NOT EXISTS lockstep.fired (
  repository text NOT NULL,
  schedule text NOT NULL,
  time timestamptz NOT NULL,
  PRIMARY KEY (repository, schedule)
);
CREATE TABLE IF NOT EXISTS lockstep.delivery (
  repository text NOT NULL,
  id text NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (repository, id)
);
`;

/** Only one process at a time makes tables. */
const MIGRATION_LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('lockstep/migrate', 0))`;

/** Makes or updates all tables, those of DBOS too. @returns the version of the tables before; null where there were none */
export async function migrate(database: Database): Promise<number | null> {
  const before = await database.transaction(async (queries, client) => {
    await queries.rows(MIGRATION_LOCK);
    const version = await versionOf(queries);
    if (version !== null && version > TABLES_VERSION) throw newer(version);
    await client.query(TABLES);
    if (version !== TABLES_VERSION)
      await queries.rows('INSERT INTO lockstep.version (version) VALUES ($1)', [TABLES_VERSION]);
    return version;
  });
  await migrateQueue(database.url);
  return before;
}

/** The version of the tables; null where there are none. */
export async function versionOf(queries: Queries): Promise<number | null> {
  const [found] = await queries.rows<{ table: string | null }>(`SELECT to_regclass('lockstep.version')::text AS table`);
  if (found?.table == null) return null;
  const [row] = await queries.rows<{ version: number | null }>('SELECT max(version) AS version FROM lockstep.version');
  return row?.version ?? null;
}

/** @throws LockstepError `engine/missing` where `engine migrate` has not made the tables of this version */
export async function requireTables(queries: Queries): Promise<void> {
  const version = await versionOf(queries);
  if (version === TABLES_VERSION) return;
  if (version !== null && version > TABLES_VERSION) throw newer(version);
  throw missingTables();
}

export function missingTables(): LockstepError {
  return new LockstepError('engine/missing', 'the database is not set up for this version of Lockstep', [
    'lockstep engine migrate',
  ]);
}

function newer(version: number): LockstepError {
  return new LockstepError('engine/missing', `a newer Lockstep has set up the database (tables ${version})`, [
    'use that version of Lockstep here too',
  ]);
}
