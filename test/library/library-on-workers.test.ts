import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject, type RunEvent } from '../../src/index.ts';
import { EngineWorkshop } from '../rig/engine-workshop.ts';
import { Postgres } from '../rig/postgres.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const TOOLS = {
  'tools/show.yaml': `
secrets: [TOKEN]
outputs: {said: '\${{ steps.say.outputs.said }}'}
steps: [{id: say, run: 'echo "token $TOKEN"; echo said=it >> "$LOCKSTEP_OUTPUT"', outputs: [said]}]
`,
  'tools/stay.yaml': 'steps: [{id: stay, run: echo staying; exec sleep 600}]\n',
  'tools/ask.yaml': 'steps: [{id: ask, approve: always, run: echo done}]\n',
};

test('a project whose engine is a database submits, follows, lists, shows, retries, cancels and approves', async () => {
  await using rig = await EngineWorkshop.open(postgres, TOOLS, { TOKEN: 'canary-of-the-library' });
  await rig.worker();
  const { root, env } = rig.shop;
  const project = await openProject({ directory: root, env, engine: 'postgres' });
  const run = project.run('show');
  const events: RunEvent[] = [];
  for await (const event of run) events.push(event);
  expect(await run.result()).toMatchObject({ kind: 'finished', status: 'succeeded', outputs: { said: 'it' } });
  expect(events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('')).toBe('token ***\n');
  expect(await project.runs.get('last')).toMatchObject({ run: run.id, worker: expect.any(String) });
  const here = await openProject({ directory: root, env });
  expect(await here.runs.list()).toEqual([]);

  const again = await project.runs.retry(run.id, { from: 'say' });
  expect(await again.result()).toMatchObject({ kind: 'finished', run: again.id, status: 'succeeded' });
  const logged: string[] = [];
  for await (const { event } of project.runs.logs(again.id, { follow: true })) logged.push(event.type);
  expect(logged).toContain('run-finished');
  await expect((await project.runs.resume(run.id)).result()).rejects.toThrow('has ended');

  const staying = project.run('stay');
  for await (const event of staying) if (event.type === 'output') break;
  await project.runs.cancel(staying.id);
  expect(await staying.result()).toMatchObject({ status: 'cancelled' });

  const asking = project.run('ask', { awaitApproval: true });
  for await (const event of asking)
    if (event.type === 'step-waiting') await project.runs.approve(asking.id, { by: 'ada' });
  expect(await asking.result()).toMatchObject({ status: 'succeeded' });
  const listed = (await project.runs.list()).map((one) => [one.run, one.status]);
  expect(listed).toEqual([
    [asking.id, 'succeeded'],
    [staying.id, 'cancelled'],
    [again.id, 'succeeded'],
    [run.id, 'succeeded'],
  ]);
});
