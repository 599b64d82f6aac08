import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Client } from '@modelcontextprotocol/client';
import { describe, expect, test } from 'vitest';
import { connectHttp, ERAS, McpProgram } from '../rig/mcp-client.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

/** Starts children, says who they are, and never ends by itself. */
const TREE = `kind: tool
name: tree
steps:
  - id: grow
    run: |
      sleep 1000 & first=$!
      (sleep 1000 & echo "$! $first" > pids.txt; wait) &
      wait
`;
/** Ends when somebody lets it. */
const wait = (detach: boolean) => `kind: tool
name: wait
detach: ${detach}
steps:
  - id: hold
    run: |
      touch started
      until [ -e go ]; do sleep 0.05; done
      echo done
`;

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function pidsOf(repository: Repository): Promise<readonly number[]> {
  const file = join(repository.root, 'pids.txt');
  await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').includes('\n')).toBe(true);
  return readFileSync(file, 'utf8').trim().split(' ').map(Number);
}

async function statusOf(repository: Repository): Promise<string | undefined> {
  return JSON.parse(await repository.must(['runs', 'list', '--json'])).runs[0]?.status;
}

describe.each(ERAS)('a call over %s', (era) => {
  test.each(['stdio', 'HTTP'])('that is cancelled over %s ends with all its processes', async (way) => {
    using repository = new Repository({ 'tools/tree.yaml': TREE });
    await using server = await ServedRepository.start(repository);
    await using program = await McpProgram.start(repository, { era });
    await using overHttp = await connectHttp(server, { era });
    const client: Client = way === 'stdio' ? program.client : overHttp;
    const abort = new AbortController();
    const result = client.callTool({ name: 'tree' }, { signal: abort.signal }).catch(() => 'cancelled');
    const pids = await pidsOf(repository);
    expect(pids.filter(isAlive)).toHaveLength(2);
    abort.abort();
    expect(await result).toBe('cancelled');
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    await expect.poll(() => statusOf(repository)).toBe('cancelled');
    // Cancelling it twice is nothing.
    abort.abort();
    expect((await client.listTools()).tools).toHaveLength(1);
  });

  test.each(['stdio', 'HTTP'])('whose client leaves over %s is cancelled', async (way) => {
    using repository = new Repository({ 'tools/tree.yaml': TREE });
    await using server = await ServedRepository.start(repository);
    await using program = await McpProgram.start(repository, { era });
    const client: Client = way === 'stdio' ? program.client : await connectHttp(server, { era });
    const result = client.callTool({ name: 'tree' }).catch(() => 'left');
    const pids = await pidsOf(repository);
    await client.close();
    expect(await result).toBe('left');
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    await expect.poll(() => statusOf(repository)).toBe('cancelled');
  });

  test('goes on without its client over HTTP where the tool says detach', async () => {
    using repository = new Repository({ 'tools/wait.yaml': wait(true) });
    await using server = await ServedRepository.start(repository);
    const client = await connectHttp(server, { era });
    const result = client.callTool({ name: 'wait' }).catch(() => 'left');
    await expect.poll(() => existsSync(join(repository.root, 'started'))).toBe(true);
    await client.close();
    expect(await result).toBe('left');
    expect(await statusOf(repository)).toBe('running');
    repository.write('go', '');
    await expect.poll(() => statusOf(repository)).toBe('succeeded');
  });
});

test('goes on over stdio where the tool says detach, until the process is told to end', async () => {
  using repository = new Repository({ 'tools/wait.yaml': wait(true) });
  const child = spawn(process.execPath, [LOCKSTEP, 'mcp'], { cwd: repository.root, env: repository.env });
  const ended = new Promise((resolve) => child.on('close', resolve));
  child.stdout.resume();
  const say = (message: object) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const clientInfo = { name: 'raw', version: '1' };
  say({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });
  say({ method: 'notifications/initialized' });
  say({ id: 2, method: 'tools/call', params: { name: 'wait' } });
  await expect.poll(() => existsSync(join(repository.root, 'started'))).toBe(true);
  child.stdin.end();
  await once(child.stdin);
  expect(await statusOf(repository)).toBe('running');
  repository.write('go', '');
  expect(await ended).toBe(0);
  expect(await statusOf(repository)).toBe('succeeded');
});

function once(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => stream.on('close', () => resolve()));
}

test.each(ERAS)('a server of %s that stops lets its calls clean up', async (era) => {
  using repository = new Repository({
    'tools/tidy.yaml':
      "kind: tool\nname: tidy\nsteps:\n  - {id: hold, run: 'touch started; sleep 1000'}\n  - {id: clean, if: '${{ always() }}', run: 'touch cleaned'}\n",
  });
  await using server = await ServedRepository.start(repository);
  await using client = await connectHttp(server, { era });
  const result = client.callTool({ name: 'tidy' }).catch(() => 'gone');
  await expect.poll(() => existsSync(join(repository.root, 'started'))).toBe(true);
  server.program.signal('SIGTERM');
  await result;
  expect(await server.program.ended).toBe(0);
  expect(existsSync(join(repository.root, 'cleaned'))).toBe(true);
});
