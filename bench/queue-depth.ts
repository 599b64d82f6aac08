import { EngineWorkshop } from '../test/rig/engine-workshop.ts';
import type { Postgres } from '../test/rig/postgres.ts';
import { TOOLS } from './engine-tools.ts';
import type { GridRow } from './grid.ts';
import { median } from './median.ts';
import { LOOK, Submitter } from './submitter.ts';

const QUEUED = [1_000, 10_000, 100_000];
const ROUNDS = 20;

interface Depth {
  readonly queued: number;
  readonly rig: EngineWorkshop;
  readonly submitter: Submitter;
  readonly waits: number[];
}

/**
 * A run of three steps with so many others in its queue, all of them behind it: until its result is read, and the pages that
 * the database looks at meanwhile, which do not depend on what else the machine does. Each size has a database and a worker;
 * all are measured in turn, so that whatever slows the machine slows each of them.
 *
 * @param postgres counts its statements: countStatements
 */
export async function measureDepth(postgres: Postgres): Promise<GridRow[]> {
  await using places = new AsyncDisposableStack();
  const depths: Depth[] = [];
  for (const queued of QUEUED) {
    const rig = places.use(await EngineWorkshop.open(postgres, TOOLS));
    await rig.worker('--concurrency', '1');
    const submitter = await Submitter.open(rig);
    await submitter.succeeded(await submitter.submit('three'));
    await fill(rig, queued);
    depths.push({ queued, rig, submitter, waits: [] });
  }
  await postgres.query('postgres', 'CHECKPOINT');
  for (const { rig } of depths) await rig.query('SELECT pg_stat_statements_reset()');
  for (let round = 0; round < ROUNDS; round += 1) for (const depth of depths) await once(depth);
  return rowsOf(depths);
}

/** Before the server is used: counting begins with its next start. */
export async function countStatements(postgres: Postgres): Promise<void> {
  await postgres.query('postgres', `ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'`);
  await postgres.restart();
}

async function once({ submitter, waits }: Depth): Promise<void> {
  const began = performance.now();
  await submitter.succeeded(await submitter.submit('three'));
  waits.push(performance.now() - began);
}

/** Copies of the run that is there, each in the queue behind all others. */
async function fill(rig: EngineWorkshop, queued: number): Promise<void> {
  await rig.query(`CREATE EXTENSION pg_stat_statements;
    CREATE TEMP TABLE run AS SELECT * FROM lockstep.run;
    CREATE TEMP TABLE opened AS SELECT line FROM lockstep.line WHERE type = 'opened' LIMIT 1;
    CREATE TEMP TABLE workflow AS SELECT * FROM lockstep_dbos.workflow_status;
    INSERT INTO lockstep.run (id, repository, tool, run_group, queue, job)
    SELECT '0filler' || n, repository, tool, run_group, queue, job FROM run, generate_series(1, ${queued}) n;
    INSERT INTO lockstep.line (run, epoch, n, type, line)
    SELECT '0filler' || number, 0, 0, 'opened', line FROM opened, generate_series(1, ${queued}) number;
    INSERT INTO lockstep_dbos.workflow_status
    SELECT made.* FROM workflow, generate_series(1, ${queued}) n, jsonb_populate_record(workflow, jsonb_build_object(
      'workflow_uuid', '0filler' || n, 'status', 'ENQUEUED', 'queue_name', 'default', 'priority', 9, 'owner_xid', null,
      'executor_id', null, 'started_at_epoch_ms', null, 'completed_at', null)) made`);
  // What the database does later by itself would be in the way.
  for (const table of ['lockstep.run', 'lockstep.line', 'lockstep_dbos.workflow_status'])
    await rig.query(`VACUUM ANALYZE ${table}`);
}

async function rowsOf(depths: readonly Depth[]): Promise<GridRow[]> {
  const found = [];
  for (const { queued, rig, waits } of depths) found.push({ queued, ms: median(waits), pages: await pagesOf(rig) });
  const [first] = found;
  return found.map(({ queued, ms, pages }) => {
    const ratio = (value: number, least = 0) => `${(value / least).toFixed(2)}x`;
    const time = `${ms.toFixed(0)} ms: ${ratio(ms, first?.ms)}`;
    return {
      name: `a run of three steps, with ${queued} queued`,
      cells: [`${time}; ${pages.toFixed(0)} pages: ${ratio(pages, first?.pages)}`],
    };
  });
}

/** For one run, with the looks of its idle worker. */
async function pagesOf(rig: EngineWorkshop): Promise<number> {
  const [row] = await rig.query(`SELECT sum(shared_blks_hit + shared_blks_read)::int AS pages FROM pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query NOT LIKE '${LOOK}%'`);
  return Number(row?.pages) / ROUNDS;
}
