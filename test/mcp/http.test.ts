import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectHttp, ERAS, textOf } from '../rig/mcp-client.ts';
import { McpWire } from '../rig/mcp-wire.ts';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const tool = (name: string) => `kind: tool\nname: ${name}\nsteps: [{id: say, run: 'echo hello'}]\n`;
const FILES = {
  'tools/hello.yaml': tool('hello'),
  'tools/other.yaml': tool('other'),
  'agents/one.yaml': 'kind: agent\nname: one\ntools: [hello]\n',
};

async function withVault(): Promise<Repository> {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada']);
  return repository;
}

describe.each(ERAS)('%s over HTTP', (era) => {
  test('a token sees and calls what it may', async () => {
    using repository = await withVault();
    const make = async (...args: string[]) => (await repository.must(['token', 'make', ...args])).trim();
    const [reader, runner, elsewhere] = [
      await make('reader'),
      await make('runner', '--scope', 'run', '--tool', 'hello'),
      await make('elsewhere', '--scope', 'run', '--group', 'prod'),
    ];
    await using server = await ServedRepository.start(repository);
    await using whole = await connectHttp(server, { era });
    const other = String((await whole.callTool({ name: 'other' }))._meta?.['lockstep/run']);
    await using reads = await connectHttp(server, { era, token: reader });
    expect((await reads.listTools()).tools).toHaveLength(2);
    await expect(reads.callTool({ name: 'hello' })).rejects.toThrow('does not have the scope "run"');
    await using runs = await connectHttp(server, { era, token: runner });
    expect((await runs.listTools()).tools.map(({ name }) => name)).toEqual(['hello']);
    expect(textOf(await runs.callTool({ name: 'hello' }))).toContain('hello');
    await expect(runs.callTool({ name: 'other' })).rejects.toThrow('Unknown tool: other');
    for (const uri of [`lockstep://runs/${other}`, `lockstep://runs/${other}/log`, 'lockstep://plans/other'])
      await expect(runs.readResource({ uri })).rejects.toMatchObject({ code: -32602 });
    expect((await runs.listResources()).resources.map(({ uri }) => uri)).not.toContain(`lockstep://runs/${other}`);
    await using away = await connectHttp(server, { era, token: elsewhere });
    await expect(away.callTool({ name: 'hello' })).rejects.toThrow('may not use the group "default"');
    await expect(away.readResource({ uri: 'lockstep://plans/hello' })).rejects.toThrow('may not use the group');
    const { runs: all } = JSON.parse(await repository.must(['runs', 'list', '--json']));
    expect(all.map((one: { readonly by: string }) => one.by).sort()).toEqual(['token runner', 'token serve']);
  });

  test('a token for some tools sees the prompts of agents that have one of them, and no text of a problem', async () => {
    using repository = await withVault();
    const agent = (name: string, tools: string) =>
      `kind: agent\nname: ${name}\ninstructions: the words of ${name}\ntools: [${tools}]\n`;
    repository.write('agents/first.yaml', agent('first', 'hello, other'));
    repository.write('agents/second.yaml', agent('second', 'other'));
    repository.write('tools/odd.yaml', "kind: tool\nname: odd\nsteps: [{id: a, run: 'true', needs: [gone]}]\n");
    const token = (await repository.must(['token', 'make', 'some', '--tool', 'hello'])).trim();
    await using server = await ServedRepository.start(repository);
    const see = async (options: { readonly token?: string }) => {
      await using client = await connectHttp(server, { era, ...options });
      const prompts = (await client.listPrompts()).prompts.map(({ name }) => name);
      const { contents } = await client.readResource({ uri: 'lockstep://problems' });
      const second = await client.getPrompt({ name: 'second' }).catch((error: Error) => error.message);
      return { prompts, problems: (contents[0] as { readonly text: string }).text, second: JSON.stringify(second) };
    };
    const [all, some] = [await see({}), await see({ token })];
    expect(all.prompts).toEqual(['first', 'second']);
    expect(all.problems).toContain('gone');
    expect(all.second).toContain('the words of second');
    expect(some.prompts).toEqual(['first']);
    expect(JSON.parse(some.problems)).toMatchObject({ problems: [], counts: JSON.parse(all.problems).counts });
    expect(some.second).toContain('Unknown prompt');
  });

  test('a revoked token ends what it has open', async () => {
    using repository = await withVault();
    repository.write(
      'tools/wait.yaml',
      "kind: tool\nname: wait\nsteps: [{id: hold, run: 'touch started; until [ -e go ]; do sleep 0.05; done; echo done'}]\n",
    );
    const token = (await repository.must(['token', 'make', 'soon-gone', '--scope', 'run'])).trim();
    await using server = await ServedRepository.start(repository);
    const wire = new McpWire(server);
    const { session } = era === '2025-11-25' ? await wire.begin(token) : { session: null };
    const params = { name: 'wait', _meta: { progressToken: 1 } };
    const headers = { 'mcp-session-id': session ?? '' };
    const meta = { progressToken: 1 };
    const call =
      session === null
        ? wire.modern('tools/call', { name: 'wait' }, { token, meta })
        : wire.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }, { token, headers });
    await expect.poll(() => existsSync(join(repository.root, 'started'))).toBe(true);
    await repository.must(['token', 'revoke', 'soon-gone']);
    repository.write('go', '');
    // The stream had begun; what came of the call no longer goes out.
    const { status, text } = await call;
    expect(status).toBe(200);
    expect(text).toContain('notifications/progress');
    expect(text).not.toContain('"result"');
    expect((await wire.modern('tools/list', {}, { token })).status).toBe(401);
  });

  test('the address names an agent', async () => {
    using repository = await withVault();
    await using server = await ServedRepository.start(repository);
    await using client = await connectHttp(server, { era, query: '?agent=one' });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['hello']);
    await using nobody = await connectHttp(server, { era, query: '?agent=nobody' });
    expect((await nobody.listTools()).tools).toEqual([]);
  });
});

test('the access rules of the server hold for /mcp', async () => {
  using repository = await withVault();
  await using server = await ServedRepository.start(repository);
  const ask = async (headers: Record<string, string>) => {
    const head = { host: `127.0.0.1:${server.port}`, authorization: `Bearer ${server.token}`, ...headers };
    const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const answer = await server.raw(
      `POST /mcp HTTP/1.1\r\n${lines.join('')}content-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    return Number(answer.split(' ')[1]);
  };
  expect(await ask({})).toBe(400);
  expect(await ask({ host: 'evil.example' })).toBe(421);
  expect(await ask({ origin: 'http://evil.example' })).toBe(403);
  expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  expect(await ask({ authorization: 'Bearer lockstep_wrong' })).toBe(401);
});

test('a session belongs to the token that began it', async () => {
  using repository = await withVault();
  const token = (await repository.must(['token', 'make', 'stranger'])).trim();
  await using server = await ServedRepository.start(repository);
  const post = (by: string, session: string | undefined, message: object) =>
    fetch(new URL('/mcp', server.url), {
      method: 'POST',
      headers: {
        authorization: `Bearer ${by}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(session !== undefined && { 'mcp-session-id': session }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    });
  const clientInfo = { name: 'raw', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  const begun = await post(server.token, undefined, { id: 1, method: 'initialize', params });
  await begun.text();
  const session = begun.headers.get('mcp-session-id') ?? '';
  expect(session).not.toBe('');
  const list = { id: 2, method: 'tools/list' };
  const [own, strange, unknown] = [
    await post(server.token, session, list),
    await post(token, session, list),
    await post(token, 'none', list),
  ];
  expect(own.status).toBe(200);
  expect(await own.text()).toContain('hello');
  expect(strange.status).toBe(404);
  expect(await strange.text()).toBe(await unknown.text());
});
