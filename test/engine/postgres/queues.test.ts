import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const GATED = `
args: {name: {type: string}, gate: {type: string}, marks: {type: string}}
steps:
  - {id: one, run: 'echo "$INPUT_NAME" >> "$INPUT_MARKS"; read x < "$INPUT_GATE"'}
`;
const FAST = `
args: {name: {type: string}, marks: {type: string}}
steps:
  - {id: one, run: 'echo "$INPUT_NAME" >> "$INPUT_MARKS"'}
`;

describe('a queue', () => {
  test('gives runs by priority, then by age', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    const marks = rig.shop.mark('marks');
    const runs: string[] = [];
    for (const [name, priority] of [
      ['late', 5],
      ['first', 0],
      ['second', 0],
    ] as const)
      runs.push(await rig.submit('fast', { values: { name, marks }, queue: { priority } }));
    await rig.worker('--concurrency', '1');
    for (const run of runs) await rig.ended(run);
    expect(rig.marks('marks')).toEqual(['first', 'second', 'late']);
  });

  test('gives a run only to a worker of that queue with all of its labels', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    const marks = rig.shop.mark('marks');
    const special = { queue: 'builds', labels: ['gpu', 'big'] };
    const run = await rig.submit('fast', { values: { name: 'labelled', marks }, queue: special });
    const plain = await rig.submit('fast', { values: { name: 'plain', marks } });
    await rig.worker('--queues', 'default,builds', '--labels', 'gpu');
    await rig.ended(plain);
    expect((await rig.show(run)).status).toBe('queued');
    await rig.worker('--queues', 'builds', '--labels', 'big,gpu', '--labels', 'arm');
    expect((await rig.ended(run)).status).toBe('succeeded');
    expect(rig.marks('marks')).toEqual(['plain', 'labelled']);
  });

  test('keeps its limits over all workers, and those of each key', async () => {
    await using rig = await EngineWorkshop.open(postgres, {
      'tools/gated.yaml': GATED,
      'lockstep.yaml': 'engine:\n  type: postgres\n  queues: {narrow: {perKey: {concurrency: 1}}}\n',
    });
    const marks = rig.shop.mark('marks');
    const gates = new Map(['a1', 'a2', 'b1'].map((name) => [name, rig.shop.gate(name)]));
    const submit = (name: string, key: string) =>
      rig.submit('gated', {
        values: { name, gate: gates.get(name)?.path ?? '', marks },
        queue: { queue: 'narrow', key },
      });
    const runs = [await submit('a1', 'a'), await submit('a2', 'a'), await submit('b1', 'b')];
    for (const _ of [1, 2]) await rig.worker('--queues', 'narrow');
    await soon(() => rig.marks('marks')).toHaveLength(2);
    const running = async () => {
      const all = (await (await (await rig.project()).engine()).list()).runs;
      return all.filter(({ status }) => status === 'running').map(({ run }) => run);
    };
    expect((await running()).sort()).toEqual([runs[0], runs[2]].sort());
    expect([...rig.marks('marks')].sort()).toEqual(['a1', 'b1']);
    for (const gate of gates.values()) await gate.open();
    for (const run of runs) expect((await rig.ended(run)).status).toBe('succeeded');
    expect(rig.marks('marks').at(-1)).toBe('a2');
  });

  test('has one run for a key of --dedupe, until that has ended', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    const values = { name: 'once', marks: rig.shop.mark('marks') };
    const submit = () => rig.submit('fast', { values, queue: { dedupe: 'order-7' } });
    const run = await submit();
    expect(await submit()).toBe(run);
    expect(await rig.submit('fast', { values, queue: { dedupe: 'order-8' } })).not.toBe(run);
    await rig.worker();
    await rig.ended(run);
    expect(await submit()).not.toBe(run);
  });

  test('holds a run until its time', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    const values = { name: 'later', marks: rig.shop.mark('marks') };
    const run = await rig.submit('fast', { values, queue: { starts: new Date(Date.now() + 3600_000) } });
    const soon = await rig.submit('fast', {
      values: { ...values, name: 'soon' },
      queue: { starts: new Date(Date.now() + 1000) },
    });
    await rig.worker();
    expect((await rig.ended(soon)).status).toBe('succeeded');
    expect(await rig.show(run)).toMatchObject({ status: 'queued', starts: expect.stringContaining('T') });
    expect(rig.marks('marks')).toEqual(['soon']);
    await (await rig.project()).cancel(run, false);
    expect((await rig.ended(run)).status).toBe('cancelled');
  });
});

test('a step that waits is approved from another process, and the answer is on record', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/asks.yaml': 'steps:\n  - {id: risky, approve: always, run: "true"}\n',
  });
  await rig.worker();
  const run = await rig.submit('asks');
  await rig.status(run, 'waiting');
  // A row that no member signed approves nothing.
  const [asked] = (await (await (await rig.project()).engine()).find(run)).waiting;
  await rig.query(`INSERT INTO lockstep.answer
    VALUES ('${run}', 'risky', 0, '${asked?.about}', true, 'mallory', null, 'root', '${'A'.repeat(86)}')`);
  const beats = `SELECT max(seen) AS seen FROM lockstep.worker`;
  const [before] = await rig.query(beats);
  await soon(async () => Number((await rig.query(beats))[0]?.seen) - Number(before?.seen)).toBeGreaterThan(900);
  expect((await rig.show(run)).status).toBe('waiting');
  await rig.query('DELETE FROM lockstep.answer');
  const approved = rig.lockstep('runs', 'approve', run, '--engine', 'postgres', '--yes', '--reason', 'it is fine');
  expect(approved).toMatchObject({ code: 0 });
  const { status, answers } = await rig.ended(run);
  expect({ status, answers }).toMatchObject({
    status: 'succeeded',
    answers: [{ step: 'risky', approved: true, reason: 'it is fine' }],
  });
  const twice = rig.lockstep('runs', 'approve', run, '--engine', 'postgres', '--yes');
  expect(twice.stderr).toContain('is not waiting for approval');
});

describe('a database that cannot be used is a clear error', () => {
  test.each([
    ['without a URL', '', 'LOCKSTEP_DATABASE_URL does not say where'],
    ['that nobody can reach', 'postgres://lockstep@127.0.0.1:1/none', 'the database cannot be reached'],
  ])('%s', async (_, url, what) => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    rig.shop.env.LOCKSTEP_DATABASE_URL = url;
    const { code, stderr } = rig.lockstep('runs', 'list', '--engine', 'postgres');
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining(what) });
    expect(stderr).toContain('next:');
  });

  test('that has no tables, and after migrate has them', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    rig.shop.env.LOCKSTEP_DATABASE_URL = await postgres.database('empty');
    for (const command of [['worker'], ['runs', 'list', '--engine', 'postgres'], ['engine', 'status']])
      expect(rig.lockstep(...command)).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('lockstep engine migrate'),
      });
    expect(JSON.parse(rig.lockstep('engine', 'migrate', '--json').stdout)).toEqual({ version: 3, before: null });
    expect(JSON.parse(rig.lockstep('engine', 'migrate', '--json').stdout)).toEqual({ version: 3, before: 3 });
    expect(JSON.parse(rig.lockstep('engine', 'status', '--json').stdout)).toMatchObject({ workers: [] });
  });

  test('whose tables of DBOS are older', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    await rig.query('UPDATE lockstep_dbos.dbos_migrations SET version = 1');
    expect(rig.lockstep('worker')).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('lockstep engine migrate'),
    });
  });

  test('that is read-only', async () => {
    await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
    const name = rig.url.slice(rig.url.lastIndexOf('/') + 1);
    await rig.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const marks = rig.shop.mark('marks');
    const run = ['run', 'fast', '--engine', 'postgres', '--detach', '--arg', 'name=x', '--arg', `marks=${marks}`];
    expect(rig.lockstep(...run)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the database is read-only'),
    });
  });
});

test('options of a queue are refused where runs live on this machine', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
  for (const words of [['--detach'], ['--queue', 'x'], ['--at', '2h'], ['--label', 'gpu'], ['--priority', '3']])
    expect(rig.lockstep('run', 'fast', ...words)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('have no queue'),
    });
});

test('a worker takes names with commas or one by one, and refuses an invalid name', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/fast.yaml': FAST });
  await rig.worker('--queues', 'default, deploys', '--queues', 'builds', '--labels', 'linux,gpu', '--labels', 'gpu');
  const [shown] = (await (await (await rig.project()).engine()).workers()) ?? [];
  expect(shown).toMatchObject({ queues: ['default', 'deploys', 'builds'], labels: ['linux', 'gpu'] });
  for (const words of [
    ['--queues', 'default,'],
    ['--labels', 'GPU'],
    ['--queues', 'a+b'],
    ['--queue', 'default'],
  ])
    expect(rig.lockstep('worker', ...words)).toMatchObject({ code: 2 });
});
