import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop, submitted } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import type { RunningProgram } from '../../rig/running-program.ts';

const isLong = process.env.LONG === '1';
const JOBS = isLong ? 5_000 : 300;
const WORKERS = isLong ? 4 : 2;
const RESTARTS = isLong ? 5 : 1;
const KILL_MS = 2_000;
const LIMIT_MS = isLong ? 3600_000 : 180_000;

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const TOOL = `
args: {name: {type: string}, marks: {type: string}}
steps:
  - {id: one, shell: sh, run: 'echo "$INPUT_NAME one" >> "$INPUT_MARKS"; echo v=1 >> $LOCKSTEP_OUTPUT', outputs: [v]}
  - {id: two, shell: sh, env: {V: '\${{ steps.one.outputs.v }}'}, run: 'echo "$INPUT_NAME two" >> "$INPUT_MARKS"'}
`;

/** Its second step goes to any worker. */
const SENDS = TOOL.replace('{id: two,', '{id: two, runsOn: any,');

async function submitAll(rig: EngineWorkshop): Promise<string[]> {
  const project = await rig.project();
  const marks = rig.shop.mark('marks');
  const runs: string[] = [];
  const names = Array.from({ length: JOBS }, (_, index) => `job${index}`);
  const lane = async () => {
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const tool = names.length % 4 === 0 ? 'sends' : 'job';
      runs.push(await submitted(project, tool, { values: { name, marks } }));
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return runs;
}

/** How many have not ended; undefined while the database is away. */
async function open(rig: EngineWorkshop): Promise<number | undefined> {
  const rows = await rig
    .query(`SELECT count(*)::int AS open FROM lockstep.run WHERE status <> 'ended'`)
    .catch(() => []);
  return rows[0] === undefined ? undefined : Number(rows[0].open);
}

/** Kills one worker after the other, each once it has taken runs, and starts another in its place. */
async function killUntilDone(rig: EngineWorkshop): Promise<{ readonly kills: number; readonly restarts: number }> {
  const workers: RunningProgram[] = [];
  for (let count = 0; count < WORKERS; count += 1) workers.push(await rig.worker('--concurrency', '4'));
  let [kills, restarts] = [0, 0];
  for (;;) {
    const left = await open(rig);
    if (left === 0) return { kills, restarts };
    if (left !== undefined && restarts < RESTARTS && left < JOBS * (1 - (restarts + 1) / (RESTARTS + 1))) {
      await postgres.restart();
      restarts += 1;
    }
    const [victim] = workers.splice(0, 1);
    if (victim?.said.includes('took ')) {
      victim.signal('SIGKILL');
      await victim.ended;
      kills += 1;
      workers.push(await rig.worker('--concurrency', '4'));
    } else if (victim !== undefined) workers.push(victim);
    await pause(KILL_MS);
  }
}

test('killed workers and a restarted database lose nothing, and commit nothing twice', {
  timeout: LIMIT_MS,
}, async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/job.yaml': TOOL, 'tools/sends.yaml': SENDS });
  const runs = await submitAll(rig);
  expect(new Set(runs).size).toBe(JOBS);
  const { kills, restarts } = await killUntilDone(rig);
  expect(restarts).toBe(RESTARTS);
  expect(kills).toBeGreaterThan(0);
  const finished = await rig.query(`SELECT run, line FROM lockstep.line WHERE type = 'run-finished' ORDER BY run`);
  expect(finished.map(({ run }) => run)).toEqual([...runs].sort());
  const failed = finished.filter(({ line }) => !String(line).includes('"status":"succeeded"'));
  expect(failed).toEqual([]);
  expect(await startedAfterRecord(rig)).toEqual([]);
  const marks = new Set(rig.marks('marks'));
  expect(marks.size).toBe(JOBS * 2);
});

/** Steps that a worker started although their end was on record. */
async function startedAfterRecord(rig: EngineWorkshop): Promise<string[]> {
  const lines = await rig.query(
    `SELECT run, type, line FROM lockstep.line WHERE type IN ('ended', 'step-started') ORDER BY run, epoch, n`,
  );
  const recorded = new Set<string>();
  return lines.flatMap(({ run, type, line }) => {
    const read = JSON.parse(String(line)) as { step?: string; report?: { id: string } };
    const name = `${run} ${read.step ?? read.report?.id}`;
    if (type === 'ended') recorded.add(name);
    return type === 'step-started' && recorded.has(name) ? [name] : [];
  });
}
