import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { EngineWorkshop } from '../test/rig/engine-workshop.ts';
import { PluginProgram } from '../test/rig/plugin-program.ts';
import type { GridRow } from './grid.ts';
import { median } from './median.ts';
import { Submitter } from './submitter.ts';

export const RUNS = 60;
export const STEPS = 3;
export const CONCURRENCY = 4;
const SIZES = [RUNS, STEPS, CONCURRENCY].map(String);

interface Loop {
  readonly name: string;
  /** Runs a second. */
  readonly rate: () => Promise<number> | number;
}

/**
 * Runs of three steps through one worker, beside a bare worker of BullMQ and a bare service of Restate that start the same
 * program as often and record each result. All wait for each result; all are measured in turn.
 */
export async function measureSideLoops(rig: EngineWorkshop, times: number): Promise<GridRow[]> {
  using program = await PluginProgram.install('test/plugins/restate');
  const name = `${RUNS} runs of three steps on one worker`;
  const loops: Loop[] = [
    { name, rate: async () => RUNS / (await secondsOf(rig, 1)) },
    ...bullmqLoops(),
    {
      name: '  a bare service of Restate',
      rate: () => loopRate('restate-loop.ts', join(program.folder, 'node_modules'), ...SIZES),
    },
  ];
  const rates = loops.map((): number[] => []);
  for (let round = 0; round < times; round += 1)
    for (const [at, { rate }] of loops.entries()) rates[at]?.push(await rate());
  const medians = rates.map(median);
  return loops.map((loop, at) => {
    const [rate = Number.NaN, ours = Number.NaN] = [medians[at], medians[0]];
    return { name: loop.name, cells: [`${rate.toFixed(1)} runs/s: ${(rate / ours).toFixed(2)}x`] };
  });
}

function bullmqLoops(): Loop[] {
  if (spawnSync('redis-server', ['--version']).error) return [];
  return [
    { name: '  a bare worker of BullMQ, Redis in memory', rate: () => loopRate('bullmq-loop.ts', ...SIZES, 'memory') },
    { name: '  a bare worker of BullMQ, Redis on a disk', rate: () => loopRate('bullmq-loop.ts', ...SIZES, 'disk') },
  ];
}

function loopRate(file: string, ...args: readonly string[]): number {
  const ms = execFileSync(process.execPath, [join(import.meta.dirname, file), ...args], { encoding: 'utf8' });
  return RUNS / (Number(ms) / 1000);
}

/** How long so many workers take for all runs, from the first submission to the last result. */
export async function secondsOf(rig: EngineWorkshop, count: number): Promise<number> {
  await using _workers = await workersOf(rig, count);
  const submitter = await Submitter.open(rig);
  for (let each = 0; each < count * 2; each += 1) await submitter.succeeded(await submitter.submit('three'));
  const began = performance.now();
  const runs = await Promise.all(Array.from({ length: RUNS }, () => submitter.submit('three')));
  for (const run of runs) await submitter.succeeded(run);
  return (performance.now() - began) / 1000;
}

export async function workersOf(rig: EngineWorkshop, count: number): Promise<AsyncDisposable> {
  const workers = new AsyncDisposableStack();
  const flags = ['--concurrency', `${CONCURRENCY}`];
  for (const worker of await Promise.all(Array.from({ length: count }, () => rig.worker(...flags))))
    workers.use(worker);
  return workers;
}
