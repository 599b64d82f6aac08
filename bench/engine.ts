/**
 * The engine of a database: what a step costs beside a bare workflow of DBOS, how runs spread over workers, how soon a dead
 * worker's run is taken over, and what a long queue costs. Each figure is of this machine, with the database beside it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EngineWorkshop } from '../test/rig/engine-workshop.ts';
import { Postgres } from '../test/rig/postgres.ts';
import type { Grid, GridRow } from './grid.ts';

const LOOP = join(import.meta.dirname, 'dbos-loop.ts');
const STEPS = 200;
const RUNS = 60;
const QUEUED = [1_000, 10_000, 100_000];

/** A chain of steps that do nothing. */
function chain(name: string, steps: number): Record<string, string> {
  const lines = Array.from({ length: steps }, (_, at) => {
    const needs = at === 0 ? '' : `needs: [s${at - 1}], `;
    return `  - {id: s${at}, ${needs}shell: sh, run: 'true'}\n`;
  });
  return { [`tools/${name}.yaml`]: `steps:\n${lines.join('')}` };
}

const TOOLS = {
  ...chain('long', STEPS),
  ...chain('three', 3),
  'tools/stay.yaml':
    'args: {marks: {type: string}}\nsteps: [{id: a, run: \'echo "$$" >> "$INPUT_MARKS"; sleep 1000\'}]\n',
};

export async function measureEngine(rounds: number): Promise<Grid> {
  await using postgres = await Postgres.start();
  await using rig = await EngineWorkshop.open(postgres, TOOLS);
  // After its start the database gives workers time to connect again.
  await pause(5_000);
  const times = Math.max(1, Math.min(rounds, 3));
  const rows: GridRow[] = [];
  const add = (name: string, cell: string) => void rows.push({ name, cells: [cell] });
  const ratio = await stepCost(postgres, rig, times);
  add('a step of a chain of 200, to a bare workflow of DBOS', ratio);
  for (const workers of [1, 2, 4]) add(`runs of three steps on ${workers} workers`, await throughput(rig, workers));
  add('a killed worker: until another one has its run', await takeover(rig, times));
  for (const queued of QUEUED) add(`a run of three steps, with ${queued} queued`, await beside(rig, queued));
  return { title: 'engine: PostgreSQL', columns: ['measured'], rows };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

async function stepCost(postgres: Postgres, rig: EngineWorkshop, times: number): Promise<string> {
  await using _worker = await rig.worker('--concurrency', '1');
  await rig.ended(await rig.submit('three'));
  const url = await postgres.database('empty');
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < times; round += 1) {
    bare.push(Number(execFileSync(process.execPath, [LOOP, url, `${STEPS}`], { encoding: 'utf8' })) / STEPS);
    ours.push((await rig.ended(await rig.submit('long'))).durationMs / STEPS);
  }
  return `${median(ours).toFixed(2)} ms to ${median(bare).toFixed(2)} ms: ${(median(ours) / median(bare)).toFixed(2)}x`;
}

async function throughput(rig: EngineWorkshop, count: number): Promise<string> {
  const workers = await Promise.all(Array.from({ length: count }, () => rig.worker('--concurrency', '4')));
  const began = performance.now();
  const runs = await Promise.all(Array.from({ length: RUNS }, () => rig.submit('three')));
  for (const run of runs) await rig.ended(run);
  const seconds = (performance.now() - began) / 1000;
  for (const worker of workers) await worker[Symbol.asyncDispose]();
  return `${((RUNS * 3) / seconds).toFixed(0)} steps/s`;
}

async function takeover(rig: EngineWorkshop, times: number): Promise<string> {
  const waits: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const marks = `takeover${round}`;
    const first = await rig.worker('--concurrency', '1');
    const run = await rig.submit('stay', { values: { marks: rig.shop.mark(marks) } });
    while (rig.marks(marks).length < 1) await pause(20);
    const second = await rig.worker('--concurrency', '1');
    const began = performance.now();
    first.signal('SIGKILL');
    await second.until(`took ${run}`);
    waits.push(performance.now() - began);
    await (await rig.project()).cancel(run, true);
    await rig.ended(run);
    await second[Symbol.asyncDispose]();
  }
  return `${median(waits).toFixed(0)} ms`;
}

/** With so many others in the same queue, all of them behind. */
async function beside(rig: EngineWorkshop, queued: number): Promise<string> {
  await rig.query(`DELETE FROM lockstep_dbos.workflow_status WHERE workflow_uuid LIKE 'filler%'`);
  const [made] = await rig.query(`SELECT workflow_uuid FROM lockstep_dbos.workflow_status LIMIT 1`);
  await rig.query(`CREATE TEMP TABLE one AS SELECT * FROM lockstep_dbos.workflow_status WHERE workflow_uuid = '${made?.workflow_uuid}';
    INSERT INTO lockstep_dbos.workflow_status
    SELECT (jsonb_populate_record(one, jsonb_build_object('workflow_uuid', 'filler' || n, 'status', 'ENQUEUED', 'queue_name', 'default',
      'priority', 9, 'owner_xid', null))).* FROM one, generate_series(1, ${queued}) n`);
  // What the database does later by itself would be in the way.
  await rig.query('VACUUM ANALYZE lockstep_dbos.workflow_status');
  await using _worker = await rig.worker('--concurrency', '1');
  await rig.ended(await rig.submit('three'));
  const waits: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const began = performance.now();
    await rig.ended(await rig.submit('three'));
    waits.push(performance.now() - began);
  }
  return `${median(waits).toFixed(0)} ms`;
}
