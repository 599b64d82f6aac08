import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { firedRecord } from '../../../src/project/triggers/fired-record.ts';
import { Scheduler } from '../../../src/project/triggers/scheduler.ts';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { ServedRepository } from '../../rig/served-repository.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

test('a server starts runs on workers, follows them live, and shows the workers', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/gated.yaml': `
args: {gate: {type: string}}
steps:
  - {id: one, run: 'echo begun; read x < "$INPUT_GATE"; echo over'}
`,
  });
  const gate = rig.shop.gate();
  await using server = await ServedRepository.start(rig.shop, ['--engine', 'postgres']);
  expect(await server.must('GET', '/workers')).toEqual({ engine: 'postgres', workers: [] });
  const { run } = await server.must('POST', '/runs', { tool: 'gated', args: { gate: gate.path } });
  expect((await server.must('GET', `/runs/${run}`)).status).toBe('queued');
  await rig.worker('--labels', 'gpu');
  const types: string[] = [];
  for await (const { type, data } of server.events(`/runs/${run}/events`)) {
    types.push(type);
    if (type === 'output' && String(data.text).includes('begun')) {
      const { workers } = await server.must('GET', '/workers');
      expect(workers).toMatchObject([
        { labels: ['gpu'], commit: rig.git('rev-parse', 'HEAD'), runs: [{ run, tool: 'gated' }] },
      ]);
      await gate.open();
    }
    if (type === 'end') break;
  }
  expect(types).toEqual(
    expect.arrayContaining(['run-started', 'step-started', 'output', 'step-finished', 'run-finished']),
  );
  expect(await server.must('GET', `/runs/${run}`)).toMatchObject({ status: 'succeeded', by: 'token serve' });
});

test('a server that ends leaves its runs to the workers', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/gated.yaml': `args: {gate: {type: string}}\nsteps: [{id: one, run: 'read x < "$INPUT_GATE"'}]\n`,
  });
  const gate = rig.shop.gate();
  await using server = await ServedRepository.start(rig.shop, ['--engine', 'postgres']);
  await rig.worker();
  const { run } = await server.must('POST', '/runs', { tool: 'gated', args: { gate: gate.path } });
  await rig.status(run, 'running');
  server.program.signal('SIGTERM');
  expect(await server.program.ended).toBe(0);
  expect((await rig.show(run)).status).toBe('running');
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
});

test('a time of a schedule starts a tool once, over many servers', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/timed.yaml': `on: {schedule: [{cron: '0 * * * *', catchUp: last}]}\nsteps: [{id: a, run: echo}]\n`,
  });
  const now = { time: new Date('2026-11-29T06:30:00Z') };
  const project = await rig.project(() => now.time);
  const closing = new AbortController();
  const started: string[] = [];
  const servers = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const fired = await firedRecord(project, rig.shop.env);
      return new Scheduler({
        project,
        fired,
        mayStart: async () => true,
        start: async ({ time }) => started.push(time.toISOString()),
        failed: (_, error) => started.push(String(error)),
        signal: closing.signal,
      });
    }),
  );
  for (const server of servers) await server.plan();
  now.time = new Date('2026-11-29T09:15:00Z');
  await Promise.all(servers.map((server) => server.plan()));
  closing.abort();
  expect(started).toEqual(['2026-11-29T09:00:00.000Z']);
});

test('a request of a webhook is taken once, over many servers', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/any.yaml': 'steps: [{id: a, run: echo}]\n' });
  const project = await rig.project();
  const records = await Promise.all([1, 2, 3].map(() => firedRecord(project, rig.shop.env)));
  const claimed = await Promise.all(records.map((one) => one.claimDelivery('id', 1_000, 60_000)));
  expect(claimed.filter((one) => one)).toHaveLength(1);
  expect(await records[0]?.claimDelivery('id', 62_000, 60_000)).toBe(true);
});
