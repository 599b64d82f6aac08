import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { connectHttp, McpProgram } from '../rig/mcp-client.ts';
import { McpWire, type WireAnswer } from '../rig/mcp-wire.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const GATE = "kind: tool\nname: gate\nsteps: [{id: open, approve: always, run: 'touch opened'}]\n";
const ASKS = { 'io.modelcontextprotocol/clientCapabilities': { elicitation: {} } };
const YES = { 'approval-1': { action: 'accept', content: { approve: true } } };

async function served(files: Readonly<Record<string, string>> = { 'tools/gate.yaml': GATE }) {
  const repository = new Repository(files);
  await repository.must(['init', '--member', 'ada']);
  const make = async (name: string) =>
    (await repository.must(['token', 'make', name, '--scope', 'run', '--scope', 'approve'])).trim();
  const tokens = [await make('one'), await make('two')] as const;
  const server = await ServedRepository.start(repository);
  return {
    ...{ repository, server, tokens, wire: new McpWire(server) },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      repository[Symbol.dispose]();
    },
  };
}

function isRefused({ status, message }: WireAnswer): boolean {
  return status >= 400 || message?.error !== undefined || message?.result?.isError === true;
}

describe('a state that a client gives back', () => {
  test('counts only as it was given, for the client that got it, while the call waits', async () => {
    await using place = await served();
    const { wire, tokens, repository } = place;
    const [one, two] = tokens;
    const call = { name: 'gate' };
    const asked = await wire.modern('tools/call', call, { token: one, meta: ASKS });
    const { requestState, resultType } = asked.message.result;
    expect(resultType).toBe('input_required');
    const answer = (state: string, token: string, meta = ASKS) =>
      wire.modern('tools/call', { ...call, requestState: state, inputResponses: YES }, { token, meta });
    // It is signed, for one client.
    for (const state of [`${requestState}x`, requestState.slice(1), requestState.replace('.', '.A')])
      expect(isRefused(await answer(state, one))).toBe(true);
    expect(isRefused(await answer(requestState, two))).toBe(true);
    expect(existsSync(join(repository.root, 'opened'))).toBe(false);
    // An answer to another question is none: the client is asked again.
    const other = await wire.modern(
      'tools/call',
      { ...call, requestState, inputResponses: { 'approval-2': YES['approval-1'] } },
      { token: one, meta: ASKS },
    );
    expect(other.message.result.resultType).toBe('input_required');
    const done = await answer(requestState, one);
    expect(done.message.result.isError).toBe(false);
    expect(existsSync(join(repository.root, 'opened'))).toBe(true);
    // The call is over.
    expect(isRefused(await answer(requestState, one))).toBe(true);
    expect(JSON.parse(await repository.must(['runs', 'list', '--json'])).runs).toHaveLength(1);
  });
});

test('a task belongs to the client that began it', async () => {
  await using place = await served({
    'tools/wait.yaml':
      "kind: tool\nname: wait\ndetach: true\nsteps: [{id: a, run: 'until [ -e go ]; do sleep 0.05; done; echo done'}]\n",
  });
  const { wire, tokens, repository } = place;
  const [one, two] = tokens;
  const meta = {
    'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  };
  const begun = await wire.modern('tools/call', { name: 'wait' }, { token: one, meta });
  const { taskId, resultType } = begun.message.result;
  expect(resultType).toBe('task');
  const ask = (method: string, token: string, said: object = meta) =>
    wire.modern(method, { taskId }, { token, meta: said, headers: { 'mcp-name': taskId } });
  for (const method of ['tasks/get', 'tasks/cancel', 'tasks/update']) {
    expect((await ask(method, two)).message.error.code).toBe(-32602);
    expect((await ask(method, one, {})).message.error.code).toBe(-32021);
  }
  expect((await ask('tasks/get', one)).message.result.status).toBe('working');
  repository.write('go', '');
  await expect.poll(async () => (await ask('tasks/get', one)).message.result.status).toBe('completed');
  const { result } = (await ask('tasks/get', one)).message.result;
  expect(result.content[0].text).toContain('done');
});

describe('a flood', () => {
  test('of calls ends at twenty-five for a token and at a hundred for all, and others go on when these have ended', {
    timeout: 120_000,
  }, async () => {
    await using place = await served({
      'tools/gate.yaml': GATE,
      'tools/hello.yaml': "kind: tool\nname: hello\nsteps: [{id: a, run: 'true'}]\n",
    });
    const { wire, tokens, repository } = place;
    const more = async (name: string) =>
      (await repository.must(['token', 'make', name, '--scope', 'run', '--scope', 'approve'])).trim();
    const hello = (token = place.server.token) => wire.modern('tools/call', { name: 'hello' }, { token });
    for (const token of [...tokens, await more('three'), await more('four')]) {
      expect(isRefused(await hello(token))).toBe(false);
      const call = () => wire.modern('tools/call', { name: 'gate' }, { token, meta: ASKS });
      const answers = await Promise.all(Array.from({ length: 28 }, call));
      const waiting = answers.filter(({ message }) => message.result?.resultType === 'input_required');
      expect(waiting).toHaveLength(25);
      expect(answers.filter(isRefused)).toHaveLength(3);
    }
    expect((await hello()).message.error.message).toContain('too many calls');
    const [{ run } = { run: '' }] = JSON.parse(await repository.must(['runs', 'list', '--json'])).runs;
    await place.server.must('POST', `/runs/${run}/cancel`, {});
    await expect.poll(async () => isRefused(await hello())).toBe(false);
  });

  test('of sessions costs the client its own oldest one, and no other client any', async () => {
    await using place = await served();
    const { wire, tokens } = place;
    const [one, two] = tokens;
    const list = (session: string | null, token: string) =>
      wire.send(
        { jsonrpc: '2.0', id: 1, method: 'tools/list' },
        { token, headers: { 'mcp-session-id': session ?? '' } },
      );
    const { session: others } = await wire.begin(two);
    const { session: first } = await wire.begin(one);
    for (let at = 0; at < 50; at += 1) await wire.begin(one);
    expect((await list(first, one)).status).toBe(404);
    expect((await list(others, two)).status).toBe(200);
  });

  test('of watched resources is bounded', async () => {
    await using place = await served();
    await using client = await connectHttp(place.server, { era: '2025-11-25' });
    const watch = (at: number) => client.subscribeResource({ uri: `lockstep://runs/r${at}` });
    for (let at = 0; at < 200; at += 1) await watch(at);
    await expect(watch(200)).rejects.toThrow('at most 200');
  });
});

test('a client cannot cancel the call of another one, even by its id', async () => {
  await using place = await served({
    'tools/wait.yaml':
      "kind: tool\nname: wait\nsteps: [{id: a, run: 'touch started; until [ -e go ]; do sleep 0.05; done'}]\n",
  });
  const { wire, tokens, repository } = place;
  const [one, two] = tokens;
  const { session: mine } = await wire.begin(one);
  const { session: theirs } = await wire.begin(two);
  const call = wire.send(
    { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'wait' } },
    { token: one, headers: { 'mcp-session-id': mine ?? '' } },
  );
  await expect.poll(() => existsSync(join(repository.root, 'started'))).toBe(true);
  const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 5 } };
  await wire.send(cancel, { token: two, headers: { 'mcp-session-id': theirs ?? '' } });
  await wire.send(cancel, { token: two, headers: { 'mcp-session-id': mine ?? '' } });
  await wire.send(cancel, { token: two });
  repository.write('go', '');
  expect((await call).message.result.isError).toBe(false);
});

const GARBAGE = [
  '',
  'hello',
  '{',
  'null',
  '[]',
  '1',
  '\u0000\u0001',
  '{"jsonrpc":"2.0"}',
  '{"jsonrpc":"2.0","id":{},"method":"tools/list"}',
  '{"jsonrpc":"2.0","id":3,"result":{}}',
  '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{}}',
  `{"jsonrpc":"2.0","id":4,"method":"tools/call","params":{"name":"gate","arguments":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}}`,
  `{"jsonrpc":"2.0","id":"${'x'.repeat(1_000_000)}","method":"nothing"}`,
];

test('a message that is too large ends the server over stdio', async () => {
  using repository = new Repository({ 'tools/gate.yaml': GATE });
  const child = spawn(process.execPath, [LOCKSTEP, 'mcp'], { cwd: repository.root, env: repository.env });
  child.stdin.on('error', () => undefined);
  child.stdout.resume();
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdin.write('x'.repeat(5 * 1024 * 1024));
  expect(await ended).toBe(0);
});

test('what the schema refuses is not offered, whatever its name', async () => {
  using repository = new Repository({
    'tools/gate.yaml': GATE,
    'tools/odd.yaml': 'kind: tool\nname: "odd\\e[31m"\nsteps: [{id: a, run: x}]\n',
  });
  await using program = await McpProgram.start(repository);
  expect((await program.client.listTools()).tools.map(({ name }) => name)).toEqual(['gate']);
});

test('over stdio no garbage ends the server or starts anything', async () => {
  using repository = new Repository({ 'tools/gate.yaml': GATE });
  const child = spawn(process.execPath, [LOCKSTEP, 'mcp'], { cwd: repository.root, env: repository.env });
  const ended = new Promise((resolve) => child.on('close', resolve));
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const say = (line: string) => child.stdin.write(`${line}\n`);
  for (const line of GARBAGE) say(line);
  const clientInfo = { name: 'raw', version: '1' };
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
  say(JSON.stringify({ jsonrpc: '2.0', id: 100, method: 'initialize', params }));
  for (const line of GARBAGE) say(line);
  say(JSON.stringify({ jsonrpc: '2.0', id: 101, method: 'tools/list' }));
  await expect.poll(() => /"id":101/.test(said) || child.exitCode !== null).toBe(true);
  expect(said).toMatch(/"tools":\[\{"name":"gate"/);
  // Whatever it says is a message.
  for (const line of said.trim().split('\n')) expect(JSON.parse(line).jsonrpc).toBe('2.0');
  child.stdin.end();
  expect(await ended).toBe(0);
  expect(JSON.parse(await repository.must(['runs', 'list', '--json'])).runs).toEqual([]);
});
