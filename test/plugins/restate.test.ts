import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Http2Server } from 'node:http2';
import { join } from 'node:path';
import { CancelledError, type Context, createEndpointHandler, service } from '@restatedev/restate-sdk';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runTool, toolService } from '../../src/plugins/restate.ts';
import { PluginProgram } from '../rig/plugin-program.ts';
import type { Repository } from '../rig/repository.ts';
import { RestateServer } from '../rig/restate-server.ts';
import { opened, RELEASE_TOOLS, repositoryOfTools, TOKEN } from './tools.ts';

const retries = { maxRetryAttempts: 3, initialRetryInterval: 10 };

const EXAMPLE = join(import.meta.dirname, '../../examples/plugins/restate.ts');

/** A busy machine may take a while to start a process. */
const PATIENT = { timeout: 25_000 };

let program: PluginProgram;
let repository: Repository;
let server: RestateServer;
let endpoint: Http2Server;
beforeAll(async () => {
  program = await PluginProgram.install('test/plugins/restate');
  repository = await repositoryOfTools();
  const project = await opened(repository);
  const order = service({
    name: 'order',
    handlers: {
      twice: async (ctx: Context) => {
        const first = await runTool(ctx, project, { tool: 'show' });
        const second = await runTool(ctx, project, { tool: 'show' });
        return [first.outputs.key, second.outputs.key];
      },
      tidy: async (ctx: Context) => {
        try {
          await runTool(ctx, project, { tool: 'stay' });
        } catch (error) {
          // What the tool has begun is undone by a handler that goes on after a cancel.
          if (!(error instanceof CancelledError)) throw error;
          return { undone: await ctx.run('look', () => isAlive()) };
        }
        return {};
      },
    },
  });
  const tools = ['show', 'once-broken', 'broken', 'stay'];
  const logger = () => undefined;
  endpoint = createServer(
    createEndpointHandler({ services: [toolService(project, { tools, retries }), order], logger }),
  );
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  const address = endpoint.address();
  server = await RestateServer.start(join(program.folder, 'node_modules'));
  const uri = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  expect(await server.admin('POST', '/deployments', { uri })).toMatchObject({ status: 201 });
}, 600_000);
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  if (endpoint) await new Promise((resolve) => endpoint.close(resolve));
  repository?.[Symbol.dispose]();
  program?.[Symbol.dispose]();
});
beforeEach(() => repository.write('log', ''));

const log = () => readFileSync(join(repository.root, 'log'), 'utf8');

function isAlive(pid = log()): boolean {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

const run = (step: unknown) => server.ingress('POST', '/lockstep/run', step);

test('an invocation runs a tool; what Restate keeps holds no secret value', async () => {
  const { status, body } = await run({ tool: 'show', args: { times: 1 } });
  expect(status, body).toBe(200);
  expect(JSON.parse(body)).toEqual({
    run: expect.stringMatching(/^\d{8}t/),
    outputs: { said: '***', key: expect.stringMatching(/^restate:inv_\w+:1\/say$/) },
  });
  const { body: journal } = await server.admin('POST', '/query', { query: 'SELECT raw FROM sys_journal' });
  const entries = JSON.parse(journal).rows.map(({ raw }: { raw: string }) => Buffer.from(raw, 'hex'));
  const kept: Buffer[] = [...entries, ...server.files.map((file) => readFileSync(file))];
  expect(kept.some((bytes) => bytes.includes('"said":"***"'))).toBe(true);
  expect(kept.some((bytes) => bytes.includes(TOKEN))).toBe(false);
});

test('a tool that failed is tried again, each time with the same key', async () => {
  const { status, body } = await run({ tool: 'once-broken' });
  expect(status, body).toBe(200);
  const { key } = JSON.parse(body).outputs;
  expect(log()).toBe(`${key}\n${key}\n`);
});

test('a tool that fails each time fails the invocation, as often as the settings say', async () => {
  const { status, body } = await run({ tool: 'broken' });
  expect(status).toBe(500);
  expect(body).toMatch(/try: exit code 7/);
  expect(log()).toBe('try\n'.repeat(3));
});

test.each([
  ['preflight refuses', { tool: 'show', args: { times: 'many' } }, '[args/invalid]'],
  ['calls a tool that the service does not run', { tool: 'approved' }, 'this worker runs only: show, '],
  ['is not a step', { name: 'show' }, 'the data of the step is not'],
])('a call that %s fails at once and for good', async (_, step, said) => {
  const { status, body } = await run(step);
  expect(status).toBe(400);
  expect(body).toContain(said);
});

test('each tool of a handler has a key of its own', async () => {
  const { body } = await server.ingress('POST', '/order/twice');
  const [first = '', second = ''] = JSON.parse(body);
  expect(first).toMatch(/^restate:inv_\w+:1\/say$/);
  expect(second).toBe(first.replace(':1/', ':2/'));
});

test('a cancelled invocation ends its processes, before a handler undoes what they did', async () => {
  const sent = JSON.parse((await server.ingress('POST', '/order/tidy/send')).body);
  await expect.poll(log, PATIENT).toMatch(/^\d+\n$/);
  expect(isAlive()).toBe(true);
  const { status } = await server.admin('PATCH', `/invocations/${sent.invocationId}/cancel`);
  expect(status).toBeLessThan(300);
  const ended = await server.ingress('GET', `/restate/invocation/${sent.invocationId}/attach`);
  expect(JSON.parse(ended.body)).toEqual({ undone: false });
});

test('a killed invocation ends its processes too', async () => {
  const sent = JSON.parse((await server.ingress('POST', '/lockstep/run/send', { tool: 'stay' })).body);
  await expect.poll(log, PATIENT).toMatch(/^\d+\n$/);
  await server.admin('PATCH', `/invocations/${sent.invocationId}/kill`);
  await expect.poll(() => isAlive(), PATIENT).toBe(false);
});

test('a server that dies ends the processes; once it is back, the tool runs again', { timeout: 120_000 }, async () => {
  const sent = JSON.parse((await server.ingress('POST', '/lockstep/run/send', { tool: 'stay' })).body);
  await expect.poll(log, PATIENT).toMatch(/^\d+\n$/);
  const [first = ''] = log().split('\n');
  await server.restart();
  await expect.poll(() => isAlive(first), PATIENT).toBe(false);
  await expect.poll(log, { timeout: 60_000 }).toMatch(/^\d+\n\d+\n/);
  await server.admin('PATCH', `/invocations/${sent.invocationId}/kill`);
  await expect
    .poll(
      () =>
        log()
          .trim()
          .split('\n')
          .some((pid) => isAlive(pid)),
      PATIENT,
    )
    .toBe(false);
});

test('the example serves both of its services', async () => {
  repository.write('tools/release.yaml', RELEASE_TOOLS);
  const env = { ...repository.env, PORT: '0', RESTATE_LOGGING: 'ERROR' };
  const child = spawn(process.execPath, [EXAMPLE, repository.root], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    let said = '';
    for await (const chunk of child.stdout) {
      said += chunk;
      if (said.includes('\n')) break;
    }
    const port = /^listening on (\d+)$/m.exec(said)?.[1];
    const uri = `http://127.0.0.1:${port}`;
    expect(await server.admin('POST', '/deployments', { uri })).toMatchObject({ status: 201 });
    const released = await server.ingress('POST', '/release/run', { version: '7' });
    expect(JSON.parse(released.body)).toEqual({ url: 'https://app:7.example' });
    expect(await run({ tool: 'build', args: { version: '8' } })).toMatchObject({ status: 200 });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});
