import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { processesWith } from '../../rig/processes.ts';
import { soon } from '../../rig/soon.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const TRAIN = `
args: {marks: {type: string}}
steps:
  - id: prepare
    run: echo "prepare $LOCKSTEP_IDEMPOTENCY_KEY" >> "$INPUT_MARKS"; echo size=7 >> $LOCKSTEP_OUTPUT
    outputs: [size]
  - id: fit
    runsOn: [gpu]
    env: {SIZE: "\${{ steps.prepare.outputs.size }}"}
    run: echo "fit $SIZE $LOCKSTEP_IDEMPOTENCY_KEY" >> "$INPUT_MARKS"; echo fitted; echo score=$((SIZE * 2)) >> $LOCKSTEP_OUTPUT
    outputs: [score]
  - id: report
    env: {SCORE: "\${{ steps.fit.outputs.score }}"}
    run: echo "report $SCORE" >> "$INPUT_MARKS"
outputs: {score: "\${{ steps.fit.outputs.score }}"}
`;

test('a step goes to a worker with its labels, and what it says and gives comes back to the run', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/train.yaml': TRAIN });
  const plain = await rig.worker();
  const run = await rig.submit('train', { values: { marks: rig.shop.mark('marks') } });
  await plain.until(`took ${run}`);
  const gpu = await rig.worker('--labels', 'gpu');
  const { status, outputs } = await rig.ended(run);
  expect({ status, outputs }).toEqual({ status: 'succeeded', outputs: { score: '14' } });
  expect(rig.marks('marks')).toEqual([`prepare ${run}/prepare`, `fit 7 ${run}/fit`, 'report 14']);
  expect(await rig.startedOn(run)).toEqual([
    ['prepare', undefined],
    ['fit', EngineWorkshop.nameOf(gpu)],
    ['report', undefined],
  ]);
  expect(rig.lockstep('runs', 'logs', run, '--engine', 'postgres').stdout).toContain('fit | fitted');
  // Of the step itself nothing is left, and no list has shown it.
  expect(await rig.query('SELECT id FROM lockstep.run')).toEqual([{ id: run }]);
});

const ITEMS = `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: each
    forEach: "\${{ fromJSON('[1, 2]') }}"
    runsOn: any
    run: echo "in $ITEM" >> "$INPUT_MARKS"; read x < "$INPUT_GATE$ITEM"; echo "n=$ITEM" >> $LOCKSTEP_OUTPUT
    outputs: [n]
outputs: {all: "\${{ steps.each.outputs.n }}"}
`;

test('the items of a forEach spread over workers that do one step at a time', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/items.yaml': ITEMS });
  const workers = [await rig.worker('--concurrency', '1'), await rig.worker('--concurrency', '1')];
  const gates = [rig.shop.gate('gate1'), rig.shop.gate('gate2')];
  const run = await rig.submit('items', { values: { gate: rig.shop.mark('gate'), marks: rig.shop.mark('marks') } });
  await soon(() => [...rig.marks('marks')].sort()).toEqual(['in 1', 'in 2']);
  const busy = JSON.parse(rig.lockstep('engine', 'status', '--json').stdout) as Status;
  const steps = busy.workers.flatMap(({ runs }) => runs.flatMap((one) => (one.step ? [[one.run, one.step]] : [])));
  expect(steps.sort()).toEqual([
    [run, 'each[0]'],
    [run, 'each[1]'],
  ]);
  for (const gate of gates) await gate.open();
  const { outputs } = await rig.ended(run);
  expect(outputs).toEqual({ all: '["1","2"]' });
  const places = (await rig.startedOn(run)).flatMap(([, worker]) => worker ?? []);
  expect(new Set(places)).toEqual(new Set(workers.map(EngineWorkshop.nameOf)));
});

interface Status {
  readonly workers: readonly { readonly runs: readonly { readonly run: string; readonly step?: string }[] }[];
}

test('a worker alone does the steps that its own run sends', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/items.yaml': ITEMS });
  await rig.worker('--concurrency', '1');
  const gates = [rig.shop.gate('gate1'), rig.shop.gate('gate2')];
  const run = await rig.submit('items', { values: { gate: rig.shop.mark('gate'), marks: rig.shop.mark('marks') } });
  for (const gate of gates) await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
});

const WAITS = `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: first
    run: echo first >> "$INPUT_MARKS"
  - id: far
    runsOn: [gpu]
    run: echo far >> "$INPUT_MARKS"; read x < "$INPUT_GATE"
  - {id: last, run: 'echo last >> "$INPUT_MARKS"'}
`;

/** A run that a worker without labels has, so that its step waits for another one. */
async function taken(rig: EngineWorkshop) {
  const sender = await rig.worker();
  const gate = rig.shop.gate();
  const run = await rig.submit('waits', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await sender.until(`took ${run}`);
  return { sender, gate, run };
}

test('another worker does the step of one that was killed, and the run goes on where it is', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  const { gate, run } = await taken(rig);
  const gpu = await rig.worker('--labels', 'gpu');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far']);
  const other = await rig.worker('--labels', 'gpu');
  gpu.signal('SIGKILL');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far', 'far']);
  await soon(() => processesWith(`INPUT_GATE=${gate.path}`)).toHaveLength(1);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['first', 'far', 'far', 'last']);
  const far = (await rig.startedOn(run)).filter(([step]) => step === 'far');
  expect(far.at(-1)).toEqual(['far', EngineWorkshop.nameOf(other)]);
});

test('a step ends with the worker that sent it, and the next one sends it again', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  const { sender, gate, run } = await taken(rig);
  await rig.worker('--labels', 'gpu');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far']);
  sender.signal('SIGKILL');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far', 'far']);
  await soon(() => processesWith(`INPUT_GATE=${gate.path}`)).toHaveLength(1);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['first', 'far', 'far', 'last']);
  expect(await rig.query('SELECT id FROM lockstep.run')).toEqual([{ id: run }]);
});

test('a worker that drains lets its step end, and one that has not begun goes to another worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  const { sender, gate, run } = await taken(rig);
  const gpu = await rig.worker('--labels', 'gpu');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far']);
  gpu.signal('SIGTERM');
  sender.signal('SIGTERM');
  await rig.worker();
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['first', 'far', 'last']);
  expect(await gpu.ended).toBe(0);
  expect(await sender.ended).toBe(0);
});

test('a cancel ends the process tree on the other worker, and `always` runs after it', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/stays.yaml': `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: far
    runsOn: [gpu]
    run: (sleep 1000 & sleep 1000) & echo far >> "$INPUT_MARKS"; read x < "$INPUT_GATE"
  - {id: after, if: "always()", runsOn: any, run: 'echo after >> "$INPUT_MARKS"'}
`,
  });
  const gate = rig.shop.gate();
  await rig.worker();
  await rig.worker('--labels', 'gpu');
  const run = await rig.submit('stays', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await soon(() => rig.marks('marks')).toEqual(['far']);
  expect(rig.lockstep('runs', 'cancel', run, '--engine', 'postgres')).toMatchObject({ code: 0 });
  const { status, steps } = await rig.ended(run);
  expect(status).toBe('cancelled');
  expect(steps.map(({ id, status: ended }) => [id, ended])).toEqual([
    ['far', 'cancelled'],
    ['after', 'succeeded'],
  ]);
  await soon(() => processesWith(`INPUT_GATE=${gate.path}`)).toEqual([]);
  expect(rig.marks('marks')).toEqual(['far', 'after']);
});

test('a cancel ends a step for which there is no worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  await rig.worker();
  const run = await rig.submit('waits', { values: { gate: '/none', marks: rig.shop.mark('marks') } });
  const waits = () => rig.lockstep('runs', 'logs', run, '--engine', 'postgres').stdout;
  await soon(waits).toContain('waits for a worker with gpu that has room');
  rig.lockstep('runs', 'cancel', run, '--engine', 'postgres');
  const { status, steps } = await rig.ended(run);
  expect(status).toBe('cancelled');
  expect(steps).toMatchObject([{ id: 'first' }, { id: 'far', status: 'cancelled', attempts: 0 }, { id: 'last' }]);
});

test('time limits, retries, forgiven failures and called tools hold for sent steps', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/called.yaml': `
args: {word: {type: string}}
steps:
  - {id: say, run: 'echo "said=$INPUT_WORD-$ITEM" >> $LOCKSTEP_OUTPUT', outputs: [said]}
outputs: {said: "\${{ steps.say.outputs.said }}"}
`,
    'tools/holds.yaml': `
args: {marks: {type: string}}
steps:
  - {id: slow, runsOn: any, timeout: 1s, continueOnError: true, run: sleep 1000}
  - id: twice
    runsOn: any
    retry: {limit: 1, delay: 1ms}
    run: echo try >> "$INPUT_MARKS"; test "$(wc -l < "$INPUT_MARKS")" -eq 2
  - {id: calls, runsOn: any, forEach: "\${{ fromJSON('[\\"a\\", \\"b\\"]') }}", uses: called, with: {word: "\${{ item }}"}}
outputs: {said: "\${{ steps.calls.outputs.said }}"}
`,
  });
  const worker = await rig.worker();
  const run = await rig.submit('holds', { values: { marks: rig.shop.mark('marks') } });
  const { status, steps, outputs } = await rig.ended(run);
  expect(status).toBe('succeeded');
  expect(outputs).toEqual({ said: '["a-","b-"]' });
  const all = new Map(steps.map((step) => [step.id, step]));
  expect(all.get('slow')).toMatchObject({
    status: 'failed',
    reason: { why: 'timeout', afterMs: 1000 },
    forgiven: true,
  });
  expect(all.get('twice')).toMatchObject({ status: 'succeeded', attempts: 2 });
  const places = (await rig.startedOn(run)).filter(([step]) => step.endsWith('/say'));
  expect(places.map(([step]) => step).sort()).toEqual(['calls[0]/say', 'calls[1]/say']);
  expect(new Set(places.map(([, place]) => place))).toEqual(new Set([EngineWorkshop.nameOf(worker)]));
});

test('the worker that has the run needs nothing of what the steps of others want', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/needs.yaml': `
args: {marks: {type: string}}
steps:
  - {id: far, runsOn: [gpu], shell: special, run: 'echo far >> "$INPUT_MARKS"'}
`,
  });
  const programs = rig.shop.mark('programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'special'), '#!/bin/sh\nexec bash "$@"\n', { mode: 0o755 });
  await rig.worker();
  await rig.workerWith({ PATH: `${programs}:${rig.shop.env.PATH}` }, '--labels', 'gpu');
  const run = await rig.submit('needs', { values: { marks: rig.shop.mark('marks') } });
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['far']);
});

test('a worker drains although its run has steps that wait for a worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  const sender = await rig.worker();
  const gate = rig.shop.gate();
  const run = await rig.submit('waits', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await soon(() => rig.query('SELECT id FROM lockstep.run WHERE parent IS NOT NULL')).toHaveLength(1);
  sender.signal('SIGTERM');
  expect(await sender.ended).toBe(0);
  await rig.worker('--labels', 'gpu');
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['first', 'far', 'last']);
});

test('a cancel ends a step whose worker dies after it', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  const { run } = await taken(rig);
  const gpu = await rig.worker('--labels', 'gpu');
  await soon(() => rig.marks('marks')).toEqual(['first', 'far']);
  gpu.signal('SIGSTOP');
  expect(rig.lockstep('runs', 'cancel', run, '--engine', 'postgres')).toMatchObject({ code: 0 });
  const isTold = () => rig.query('SELECT id FROM lockstep.run WHERE parent IS NOT NULL AND cancel IS NOT NULL');
  await soon(isTold).toHaveLength(1);
  gpu.signal('SIGKILL');
  expect((await rig.ended(run)).status).toBe('cancelled');
});

test('a step that its worker does not know of goes to a worker again', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS });
  await rig.worker();
  const gate = rig.shop.gate();
  const run = await rig.submit('waits', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  const waiting = () => rig.query('SELECT id FROM lockstep.run WHERE parent IS NOT NULL');
  await soon(waiting).toHaveLength(1);
  const labels = await rig.worker('--queues', 'other', '--labels', 'gpu');
  // As after a claim whose answer was lost.
  await rig.query(
    `UPDATE lockstep.run SET worker = '${EngineWorkshop.nameOf(labels)}', status = 'running', epoch = epoch + 1 WHERE parent IS NOT NULL`,
  );
  await rig.worker('--labels', 'gpu');
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
});
