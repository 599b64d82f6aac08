import { globSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { CutLine } from '../../rig/cut-line.ts';
import { ALONE, EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { processesWith } from '../../rig/processes.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { soon } from '../../rig/soon.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const TWO_STEPS = `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: first
    run: echo first >> "$INPUT_MARKS"; echo value=7 >> $LOCKSTEP_OUTPUT
    outputs: [value]
  - id: second
    needs: [first]
    env: {VALUE: "\${{ steps.first.outputs.value }}"}
    run: echo "second $VALUE" >> "$INPUT_MARKS"; read x < "$INPUT_GATE"
`;

test('another worker takes over what a killed one had, and does not repeat what is on record', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/two.yaml': TWO_STEPS });
  const gate = rig.shop.gate();
  const one = await rig.worker();
  const run = await rig.submit('two', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await soon(() => rig.marks('marks')).toEqual(['first', 'second 7']);
  const other = await rig.worker();
  one.signal('SIGKILL');
  await other.until(`took ${run}`);
  await soon(() => rig.marks('marks')).toEqual(['first', 'second 7', 'second 7']);
  // The process that the killed worker had is gone, and does not take what the gate lets through.
  await soon(() => processesWith(`INPUT_GATE=${gate.path}`)).toHaveLength(1);
  await gate.open();
  const { status, steps } = await rig.ended(run);
  expect(status).toBe('succeeded');
  expect(steps.map(({ id }) => id)).toEqual(['first', 'second']);
});

test('the processes of a killed worker die with it, on the host too', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/stay.yaml': `
args: {marks: {type: string}}
steps:
  - id: stay
    env: {STAYING: "of-\${{ args.marks }}"}
    run: (sleep 1000 & sleep 1000) & setsid sleep 1000 & echo up >> "$INPUT_MARKS"; wait; sleep 1000
`,
  });
  const marks = rig.shop.mark('marks');
  const worker = await rig.worker();
  await rig.submit('stay', { values: { marks } });
  await soon(() => rig.marks('marks')).toEqual(['up']);
  expect(processesWith(`STAYING=of-${marks}`).length).toBeGreaterThan(1);
  worker.signal('SIGKILL');
  await soon(() => processesWith(`STAYING=of-${marks}`)).toEqual([]);
});

test('a worker that was stopped for longer than its lease cannot commit, and ends what it had', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/two.yaml': TWO_STEPS });
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  const stopped = await rig.worker();
  const run = await rig.submit('two', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toHaveLength(2);
  stopped.signal('SIGSTOP');
  // As after the lease: nobody has seen it since.
  await rig.query(`UPDATE lockstep.worker SET seen = now() - interval '1 hour'`);
  const other = await rig.worker();
  await other.until(`took ${run}`);
  await soon(() => rig.marks('marks')).toHaveLength(3);
  stopped.signal('SIGCONT');
  await stopped.until(`left ${run}`);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  const [finished] = await rig.query(`SELECT count(*)::int AS count FROM lockstep.line WHERE type = 'run-finished'`);
  expect(finished).toEqual({ count: 1 });
});

test('a worker whose network is cut has no second result when it comes back', { timeout: 60_000 }, async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/two.yaml': TWO_STEPS });
  await using line = await CutLine.to(postgres.port);
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  const cut = await rig.workerOver(rig.url.replace(`:${postgres.port}/`, `:${line.port}/`));
  const run = await rig.submit('two', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toHaveLength(2);
  line.cut();
  await rig.query(`UPDATE lockstep.worker SET seen = now() - interval '1 hour'`);
  const other = await rig.worker();
  await other.until(`took ${run}`);
  await soon(() => rig.marks('marks')).toHaveLength(3);
  line.mend();
  await cut.until(`left ${run}`);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  const finished = await rig.query(`SELECT epoch FROM lockstep.line WHERE type = 'run-finished'`);
  expect(finished).toHaveLength(1);
});

test('a drained worker lets its step end, and leaves the next one to another worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/three.yaml': `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: one
    run: echo one >> "$INPUT_MARKS"; read x < "$INPUT_GATE"; echo over >> "$INPUT_MARKS"
  - id: two
    needs: [one]
    run: echo two >> "$INPUT_MARKS"
`,
  });
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  const first = await rig.worker();
  const run = await rig.submit('three', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toEqual(['one']);
  first.signal('SIGTERM');
  await soon(async () => (await (await (await rig.project()).engine()).workers())[0]?.draining).toBe(true);
  await gate.open();
  expect(await first.ended).toBe(0);
  expect(rig.marks('marks')).toEqual(['one', 'over']);
  expect((await rig.show(run)).status).toBe('queued');
  await rig.worker();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['one', 'over', 'two']);
});

test('a restarted database loses nothing', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/two.yaml': TWO_STEPS });
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  await rig.worker();
  const run = await rig.submit('two', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toHaveLength(2);
  await postgres.restart();
  await gate.open();
  await soon(async () => (await rig.show(run).catch(() => undefined))?.status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['first', 'second 7']);
});

test('what a killed worker has checked out is removed by the next one', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': 'steps: [{id: one, run: "true"}]\n' });
  const folders = () => globSync('*/*/owner.json', { cwd: join(rig.shop.env.LOCKSTEP_STATE_DIR ?? '', 'worker') });
  const killed = await rig.worker();
  await rig.ended(await rig.submit('fast'));
  const [left] = folders();
  killed.signal('SIGKILL');
  await killed.ended;
  const next = await rig.worker();
  expect(folders()).toHaveLength(1);
  expect(folders()).not.toEqual([left]);
  next.signal('SIGTERM');
  expect(await next.ended).toBe(0);
  expect(folders()).toEqual([]);
});

test('a cancel ends the process tree on the worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/stay.yaml': `
args: {marks: {type: string}}
steps:
  - id: stay
    env: {CANCELLED: "of-\${{ args.marks }}"}
    run: sleep 1000 & setsid sleep 1000 & echo up >> "$INPUT_MARKS"; sleep 1000
  - id: after
    needs: [stay]
    if: always()
    run: echo cleaned >> "$INPUT_MARKS"
`,
  });
  const marks = rig.shop.mark('marks');
  await rig.worker();
  const run = await rig.submit('stay', { values: { marks } });
  await soon(() => rig.marks('marks')).toEqual(['up']);
  await (await rig.project()).cancel(run, false);
  const { status } = await rig.ended(run);
  expect(status).toBe('cancelled');
  expect(processesWith(`CANCELLED=of-${marks}`)).toEqual([]);
  expect(rig.marks('marks')).toEqual(['up', 'cleaned']);
});

test('Ctrl-C at a run that is followed cancels it where it runs', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/two.yaml': TWO_STEPS });
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  await rig.worker();
  const args = ['--arg', `gate=${gate.path}`, '--arg', `marks=${marks}`];
  await using followed = new RunningProgram(rig.shop, ['run', 'two', '--engine', 'postgres', ...args]);
  await soon(() => rig.marks('marks')).toHaveLength(2);
  followed.signal('SIGINT');
  expect(await followed.ended).toBe(130);
  expect(followed.said).toContain('cancelled');
  expect((await rig.show('last')).status).toBe('cancelled');
  expect(processesWith(`INPUT_GATE=${gate.path}`)).toEqual([]);
});

test('a lock holds over all workers', async () => {
  await using rig = await EngineWorkshop.open(postgres, ALONE);
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  for (const _ of [1, 2]) await rig.worker('--concurrency', '1');
  const values = { gate: gate.path, marks };
  const runs = [await rig.submit('alone', { values }), await rig.submit('alone', { values })];
  await soon(async () => JSON.stringify(await rig.query(`SELECT line FROM lockstep.line`))).toContain(
    'waits for the lock',
  );
  expect(rig.marks('marks')).toEqual(['in']);
  await gate.open();
  await soon(() => rig.marks('marks')).toEqual(['in', 'out', 'in']);
  await gate.open();
  for (const run of runs) expect((await rig.ended(run)).status).toBe('succeeded');
});
