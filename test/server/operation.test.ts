import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const VALUE = 'a value that nobody may see';
const tool = (name: string, more = '') => `kind: tool\nname: ${name}\n${more}steps: [{id: say, run: 'echo hello'}]\n`;
const FILES = {
  'tools/hello.yaml': tool('hello', 'args: {name: {type: string, default: x}}\nsecrets: [TOKEN]\n'),
  'tools/other.yaml': tool('other'),
};

async function withVault(): Promise<Repository> {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], VALUE);
  return repository;
}

describe('operation', () => {
  test('health is open; metrics and the details of readiness need a token', async () => {
    using repository = await withVault();
    await using server = await ServedRepository.start(repository);
    const get = (path: string, token?: string) =>
      fetch(new URL(path, server.url), token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    expect((await get('/healthz')).status).toBe(200);
    expect(await (await get('/readyz')).json()).toEqual({ ready: true });
    expect((await get('/metrics')).status).toBe(401);
    await server.runToEnd({ tool: 'hello' });
    const metrics = await (await get('/metrics', server.token)).text();
    expect(metrics).toContain('lockstep_runs_total{status="succeeded"} 1');
    expect(metrics).toContain('lockstep_http_requests_total{operation="startRun",status="201"} 1');
    repository.write('tools/hello.yaml', 'kind: tool\nname: hello\nstepz: []\n');
    await server.get('/status');
    const broken = await get('/readyz', server.token);
    expect(broken.status).toBe(503);
    expect(await broken.json()).toMatchObject({ ready: false, problems: [{ code: 'schema/unknown-key' }] });
    expect((await get('/readyz', 'wrong')).status).toBe(401);
  });

  test('SIGTERM lets runs clean up, ends streams and ends with 0', async () => {
    using repository = new Repository({
      'tools/slow.yaml':
        "kind: tool\nname: slow\nsteps:\n  - {id: wait, run: 'echo ready; sleep 60'}\n  - {id: clean, if: '${{ always() }}', run: 'echo cleaned'}\n",
    });
    await using server = await ServedRepository.start(repository);
    const { run } = await server.must('POST', '/runs', { tool: 'slow' });
    for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'output') break;
    server.program.signal('SIGTERM');
    expect(await server.program.ended).toBe(0);
    const shown = JSON.parse(await repository.must(['runs', 'show', run, '--json']));
    expect(shown.status).toBe('cancelled');
    expect(shown.steps).toMatchObject([
      { id: 'wait', status: 'cancelled' },
      { id: 'clean', status: 'succeeded' },
    ]);
  });

  test('a port in use is an error with a hint', async () => {
    using repository = new Repository(FILES);
    await using server = await ServedRepository.start(repository);
    const second = await repository.lockstep(['serve', '--port', String(server.port)]);
    expect(second).toMatchObject({ code: 3, stderr: expect.stringContaining('--port N') });
  });

  test('traces of requests, runs and steps reach a collector, and hold no value and no argument', async () => {
    using repository = await withVault();
    const received: string[] = [];
    const collector = createServer((request, answer) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        received.push(`${request.url} ${body}`);
        answer.setHeader('content-type', 'application/json').end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    repository.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    await using server = await ServedRepository.start(repository);
    await server.runToEnd({ tool: 'hello', args: { name: 'an argument' } });
    server.program.signal('SIGTERM');
    expect(await server.program.ended).toBe(0);
    collector.close();
    const all = received.join('\n');
    for (const name of ['startRun', 'run hello', 'step say', 'getRun']) expect(all).toContain(`"name":"${name}"`);
    expect(all).toContain('/v1/traces');
    for (const hidden of [VALUE, 'an argument', server.token]) expect(all).not.toContain(hidden);
  });
});
