import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { TestBrowser } from '../rig/browser.ts';
import { EngineWorkshop } from '../rig/engine-workshop.ts';
import { Postgres } from '../rig/postgres.ts';
import { ServedRepository } from '../rig/served-repository.ts';

// It starts a worker, a server and a browser: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const LATER = { timeout: 60_000 };

test('the workers are shown: what each runs, since when, at which commit, and none after it has ended', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/gated.yaml': `args: {gate: {type: string}}\nsteps: [{id: one, run: 'read x < "$INPUT_GATE"'}]\n`,
  });
  const gate = rig.shop.gate();
  await using server = await ServedRepository.start(rig.shop, ['--engine', 'postgres', '--port', '0']);
  await using browser = await TestBrowser.launch(server.url);
  const page = await browser.page(`/runs#token=${server.token}`);
  const block = page.getByRole('region', { name: 'Workers' });
  await block.getByText('No worker takes runs').waitFor(LATER);

  const worker = await rig.worker('--queues', 'default,deploys', '--labels', 'gpu');
  const [shown] = (await server.must('GET', '/workers')).workers;
  const line = block.getByRole('listitem');
  await line.getByText(shown.worker).waitFor(LATER);
  const commit = rig.git('rev-parse', 'HEAD').slice(0, 12);
  for (const words of [`at ${commit}`, 'takes default deploys gpu', 'idle']) await line.getByText(words).waitFor(LATER);

  const run = await rig.submit('gated', { values: { gate: gate.path } });
  const link = line.getByRole('link', { name: 'gated' });
  await link.waitFor(LATER);
  expect(await link.getAttribute('href')).toBe(`/runs/${run}`);
  const [{ runs }] = (await server.must('GET', '/workers')).workers;
  expect(await line.locator('time').getAttribute('datetime')).toBe(runs[0].since);
  await gate.open();
  await line.getByText('idle').waitFor(LATER);
  expect(await link.count()).toBe(0);

  worker.signal('SIGTERM');
  expect(await worker.ended).toBe(0);
  await block.getByText('No worker takes runs').waitFor(LATER);
  expect(await line.count()).toBe(0);
  expect(browser.faults).toEqual([]);
});
