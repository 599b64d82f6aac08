/**
 * The engine of a database: what a step costs beside a bare workflow of DBOS, what a run costs beside BullMQ and Restate, how
 * runs and the items of one run spread over workers, how soon a dead worker's run is taken over, and what a long queue costs.
 * Each figure is of this machine, with the database beside it.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EngineWorkshop } from '../test/rig/engine-workshop.ts';
import { Postgres } from '../test/rig/postgres.ts';
import { ITEMS, LONG, TOOLS, WAIT_SECONDS } from './engine-tools.ts';
import type { Grid, GridRow } from './grid.ts';
import { median } from './median.ts';
import { countStatements, measureDepth } from './queue-depth.ts';
import { measureSideLoops, RUNS, STEPS, secondsOf, workersOf } from './side-loops.ts';
import { Submitter } from './submitter.ts';

const LOOP = join(import.meta.dirname, 'dbos-loop.ts');
const WORKERS = [1, 2, 4];

export async function measureEngine(rounds: number): Promise<Grid> {
  await using postgres = await Postgres.start();
  await countStatements(postgres);
  // After its start the database gives workers time to connect again.
  await pause(5_000);
  const times = Math.max(1, Math.min(rounds, 3));
  const rows: GridRow[] = [];
  const add = (name: string, cell: string) => void rows.push({ name, cells: [cell] });
  {
    await using rig = await EngineWorkshop.open(postgres, TOOLS);
    add(`a step of a chain of ${LONG}, to a bare workflow of DBOS`, await stepCost(postgres, rig, times));
    rows.push(...(await measureSideLoops(rig, times)));
    for (const workers of WORKERS) add(`runs of three steps on ${workers} workers`, await throughput(rig, workers));
    const items = `one run of ${ITEMS} items`;
    for (const workers of WORKERS) add(`${items} on ${workers} workers`, await spread(rig, 'items', workers));
    for (const workers of WORKERS)
      add(`${items} of ${WAIT_SECONDS} s on ${workers} workers`, await spread(rig, 'waits', workers));
    add('a killed worker: until another one has its run', await takeover(rig, times));
  }
  rows.push(...(await measureDepth(postgres)));
  return { title: 'engine: PostgreSQL', columns: ['measured'], rows };
}

async function stepCost(postgres: Postgres, rig: EngineWorkshop, times: number): Promise<string> {
  await using _worker = await rig.worker('--concurrency', '1');
  const submitter = await Submitter.open(rig);
  await submitter.succeeded(await submitter.submit('three'));
  const url = await postgres.database('empty');
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let round = 0; round < times; round += 1) {
    bare.push(Number(execFileSync(process.execPath, [LOOP, url, `${LONG}`], { encoding: 'utf8' })) / LONG);
    ours.push((await submitter.succeeded(await submitter.submit('long'))).durationMs / LONG);
  }
  return `${median(ours).toFixed(2)} ms to ${median(bare).toFixed(2)} ms: ${(median(ours) / median(bare)).toFixed(2)}x`;
}

async function throughput(rig: EngineWorkshop, workers: number): Promise<string> {
  return `${((RUNS * STEPS) / (await secondsOf(rig, workers))).toFixed(0)} steps/s`;
}

/** The second run of the tool: the workers know the definitions. */
async function spread(rig: EngineWorkshop, tool: string, workers: number): Promise<string> {
  await using _workers = await workersOf(rig, workers);
  const submitter = await Submitter.open(rig);
  await submitter.succeeded(await submitter.submit(tool));
  const { durationMs } = await submitter.succeeded(await submitter.submit(tool));
  return `${(ITEMS / (durationMs / 1000)).toFixed(0)} steps/s`;
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
