import { expect, test } from 'vitest';
import { connectHttp, McpProgram } from '../rig/mcp-client.ts';
import { McpWire } from '../rig/mcp-wire.ts';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const tool = (name: string) => `kind: tool\nname: ${name}\nsteps: [{id: say, run: 'echo said by ${name}'}]\n`;
const FILES = {
  'lockstep.yaml': 'group: dev\n',
  'tools/hello.yaml': tool('hello'),
  'agents/one.yaml': 'kind: agent\nname: one\ntools: [hello]\n',
  'agents/two.yaml': 'kind: agent\nname: two\ntools: [hello]\n',
};

/** A repository with a run of each group and agent, by what it is. */
async function withRuns() {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada', '--group', 'dev']);
  await repository.must(['group', 'add', 'prod']);
  const run = async (...flags: string[]): Promise<string> =>
    JSON.parse(await repository.must(['run', 'hello', '--json', ...flags])).run;
  const runs = {
    dev: await run('--group', 'dev'),
    prod: await run('--group', 'prod'),
    one: await run('--group', 'dev', '--agent', 'one'),
    two: await run('--group', 'dev', '--agent', 'two'),
  };
  return { repository, runs, [Symbol.dispose]: () => repository[Symbol.dispose]() };
}

const addressOf = (run: string) => `lockstep://runs/${run}`;

test.each([
  ['--group dev', ['dev', 'one', 'two']],
  ['--group prod', ['prod']],
  ['--agent one', ['one']],
  ['--agent one --group prod', []],
])('mcp %s shows the runs of that group and agent alone', async (flags, seen) => {
  using place = await withRuns();
  await using program = await McpProgram.start(place.repository, { args: flags.split(' ') });
  const { client } = program;
  const expected = seen.map((name) => place.runs[name as keyof typeof place.runs]).sort();
  const hasRun = (one: string | undefined) => Object.values(place.runs).some((run) => one === run);

  const listed = (await client.listResources()).resources.map(({ name }) => name).filter(hasRun);
  expect(listed.sort()).toEqual(expected);
  const { contents } = await client.readResource({ uri: 'lockstep://runs' });
  const { runs } = JSON.parse((contents[0] as { readonly text: string }).text);
  expect(runs.map((one: { readonly run: string }) => one.run).sort()).toEqual(expected);
  const ref = { type: 'ref/resource' as const, uri: 'lockstep://runs/{run}' };
  const { completion } = await client.complete({ ref, argument: { name: 'run', value: '' } });
  expect(completion.values.sort()).toEqual(expected);
  for (const run of Object.values(place.runs))
    for (const uri of [addressOf(run), `${addressOf(run)}/log`]) {
      const reading = client.readResource({ uri });
      if (expected.includes(run)) await expect(reading).resolves.toHaveProperty('contents');
      else await expect(reading).rejects.toMatchObject({ code: -32602 });
    }
});

test('2025-11-25: a client hears of runs of its group alone', async () => {
  using place = await withRuns();
  await using server = await ServedRepository.start(place.repository);
  const listener = async (query: string) => {
    const client = await connectHttp(server, { era: '2025-11-25', query });
    const heard: string[] = [];
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => void heard.push(params.uri));
    await client.subscribeResource({ uri: 'lockstep://runs' });
    return { client, heard, [Symbol.asyncDispose]: () => client.close() };
  };
  await using prod = await listener('?group=prod');
  await using whole = await listener('');
  await using dev = await connectHttp(server, { query: '?group=dev' });
  await dev.callTool({ name: 'hello' });
  // Both are told in one turn.
  await expect.poll(() => whole.heard.length).toBeGreaterThan(0);
  await prod.client.listTools();
  expect(prod.heard).toEqual([]);
  await prod.client.callTool({ name: 'hello' });
  await expect.poll(() => prod.heard.length).toBeGreaterThan(0);
});

test('2026-07-28: a client cannot listen to a run that it may not read', async () => {
  using place = await withRuns();
  const token = (await place.repository.must(['token', 'make', 'dev-only', '--group', 'dev'])).trim();
  await using server = await ServedRepository.start(place.repository);
  const wire = new McpWire(server);
  const listen = async (run: string) => {
    const notifications = { resourceSubscriptions: [addressOf(run)] };
    return (await wire.modern('subscriptions/listen', { notifications }, { token })).message;
  };
  expect((await listen(place.runs.prod)).error).toMatchObject({ code: -32602 });
  expect((await listen('no-such-run')).error).toMatchObject({ code: -32602 });
});
