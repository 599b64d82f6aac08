import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../src/server/api.ts';
import { openApiDocument } from '../../src/server/openapi.ts';
import { Repository } from '../rig/repository.ts';
import { commitAll, ServedRepository } from '../rig/served-repository.ts';

const VALUE = 'a value that nobody may see';
const HELLO = `kind: tool
name: hello
description: Says hello.
args: {name: {type: string, default: world}}
secrets: [TOKEN]
outputs: {said: '\${{ steps.say.outputs.said }}'}
steps:
  - {id: say, run: 'echo "hello $INPUT_NAME $TOKEN"; echo "said=hello $INPUT_NAME" >> "$LOCKSTEP_OUTPUT"'}
`;
const ASKS = `kind: tool
name: asks
steps:
  - {id: first, run: echo first}
  - {id: second, approve: always, run: echo second}
`;
const AGENT =
  'kind: agent\nname: operator\ndescription: Operates.\ninstructions: Operate.\ntools: [hello]\nsecrets: [TOKEN]\n';

let repository: Repository;
let server: ServedRepository;
const ajv = new Ajv2020({ strict: false });
ajv.addSchema(JSON.parse(readFileSync(join(import.meta.dirname, '../../schemas/api.schema.json'), 'utf8')));

beforeAll(async () => {
  repository = new Repository({ 'tools/hello.yaml': HELLO, 'tools/asks.yaml': ASKS, 'agents/operator.yaml': AGENT });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN', '--description', 'a token'], VALUE);
  commitAll(repository);
  server = await ServedRepository.start(repository, ['--allow-view']);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

/** Calls an operation, and holds its answer against the schema that /openapi.json shows. */
async function answerOf(id: string, params: Record<string, string> = {}, body?: unknown, query = '') {
  const one = OPERATIONS.find((operation) => operation.id === id);
  if (one === undefined) throw new Error(`no operation ${id}`);
  const path = one.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const answer = await server.call(one.method.toUpperCase(), path + query, body);
  expect(answer.body, `${id}: ${JSON.stringify(answer.body)}`).toSatisfy(
    ajv.getSchema(`urn:lockstep:schema:api#/$defs/${one.answer}`) ?? (() => false),
  );
  expect(answer.status).toBe(one.status ?? 200);
  return answer.body;
}

describe('routes that every token can read', () => {
  test('the status names the snapshot, the commit and the uncommitted files', async () => {
    const status = await answerOf('getStatus');
    expect(status).toMatchObject({ name: 'repository', current: true, group: 'default', member: 'ada', toCommit: [] });
    expect(status.snapshot).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{16}$/), branch: 'main' });
    expect(status.snapshot.commit).toMatch(/^[0-9a-f]{40}$/);
    expect(status.token).toEqual({ name: 'serve', scopes: ['read', 'run', 'approve', 'write', 'view'] });
  });

  test('tools and agents answer as `--json` of the commands does', async () => {
    const { inputSchema: _, ...details } = await answerOf('getTool', { tool: 'hello' });
    expect(details).toEqual(JSON.parse(await repository.must(['tool', 'show', 'hello', '--json'])));
    expect(await answerOf('listAgents')).toEqual(JSON.parse(await repository.must(['agent', 'list', '--json'])));
    expect(await answerOf('getAgent', { agent: 'operator' })).toEqual(
      JSON.parse(await repository.must(['agent', 'show', 'operator', '--json'])),
    );
    expect(await answerOf('planTool', { tool: 'hello' }, { args: { name: 'Ada' } })).toEqual(
      JSON.parse(await repository.must(['plan', 'hello', '--arg', 'name=Ada', '--json'])),
    );
    expect((await answerOf('listTools')).tools.map(({ name }: { name: string }) => name)).toEqual(['asks', 'hello']);
  });

  test('secrets, groups, members, the audit log and the access matrix', async () => {
    expect((await answerOf('listSecrets')).secrets).toEqual(
      JSON.parse(await repository.must(['secret', 'list', '--json'])).secrets,
    );
    expect(await answerOf('getSecret', { group: 'default', secret: 'TOKEN' })).toMatchObject({
      requestedBy: ['hello'],
    });
    expect((await answerOf('getSecretHistory', { group: 'default', secret: 'TOKEN' })).revisions).toHaveLength(1);
    expect(await answerOf('listGroups')).toEqual(JSON.parse(await repository.must(['group', 'list', '--json'])));
    expect(await answerOf('listMembers')).toEqual(JSON.parse(await repository.must(['member', 'list', '--json'])));
    expect((await answerOf('listAudit')).records.at(-1)).toMatchObject({ action: 'set', member: 'ada' });
    expect(await answerOf('getAccess')).toMatchObject({
      cells: [
        { secret: 'TOKEN', requester: 'tool:hello', asked: true, granted: true, outdated: false },
        { secret: 'TOKEN', requester: 'agent:operator', asked: true, granted: true, outdated: false },
      ],
    });
    expect(await answerOf('listDue')).toEqual({ due: [] });
    expect(await answerOf('listProblems')).toMatchObject({ ok: true, current: true });
  });
});

describe('runs', () => {
  test('a run starts, is followed and kept, with the snapshot from which it ran', async () => {
    const { snapshot } = await answerOf('getStatus');
    const { run } = await answerOf('startRun', {}, { tool: 'hello', args: { name: 'Ada' } });
    const types: string[] = [];
    let output = '';
    for await (const { type, data } of server.events(`/runs/${run}/events`)) {
      types.push(type);
      if (type === 'output') output += data.text;
      if (type === 'end') break;
    }
    expect(types).toEqual(['run-started', 'step-started', 'output', 'step-finished', 'run-finished', 'end']);
    expect(output).toBe('hello Ada ***\n');
    expect(await answerOf('getRun', { run })).toMatchObject({
      status: 'succeeded',
      snapshot,
      args: { name: 'Ada' },
      outputs: { said: 'hello Ada' },
    });
    const log = await answerOf('readLog', { run });
    expect(log.lines.map(({ event }: { event: { type: string } }) => event.type)).toEqual(types.slice(0, -1));
    expect((await answerOf('readLog', { run }, undefined, `?after=${log.next}`)).lines).toEqual([]);
  });

  test('a client that reconnects misses no event of a run', async () => {
    const { run } = await answerOf('startRun', {}, { tool: 'hello' });
    const all: string[] = [];
    for await (const { id, type } of server.events(`/runs/${run}/events`)) if (type !== 'end') all.push(id);
    for (const [at, id] of all.entries()) {
      const rest: string[] = [];
      for await (const event of server.events(`/runs/${run}/events`, id)) if (event.type !== 'end') rest.push(event.id);
      expect(rest).toEqual(all.slice(at + 1));
    }
  });

  test('an Idempotency-Key starts one run', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const starts = await Promise.all(
      Array.from({ length: 5 }, () => server.call('POST', '/runs', { tool: 'hello' }, headers)),
    );
    expect(new Set(starts.map(({ body }) => body.run)).size).toBe(1);
    const other = await server.call('POST', '/runs', { tool: 'hello', args: { name: 'x' } }, headers);
    expect(other).toMatchObject({ status: 422, body: { code: 'request/idempotency-key' } });
  });

  test('a call that cannot start reports every problem, and starts nothing', async () => {
    const before = (await answerOf('listRuns')).total;
    const refused = await server.call('POST', '/runs', { tool: 'hello', args: { nam: 1, other: 2 } });
    expect(refused).toMatchObject({ status: 422, body: { code: 'run/refused' } });
    expect(refused.body.problems).toHaveLength(2);
    expect((await server.call('POST', '/runs', { tool: 'nothing' })).status).toBe(404);
    expect((await answerOf('listRuns')).total).toBe(before);
  });

  test('a step waits for an answer, which counts once; a denied run can be retried from a step', async () => {
    const { run } = await answerOf('startRun', {}, { tool: 'asks' });
    for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'step-waiting') break;
    expect(await answerOf('getRun', { run })).toMatchObject({ status: 'waiting', waiting: [{ step: 'second' }] });
    await answerOf('answerRun', { run }, { approved: false, reason: 'not today' });
    for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'end') break;
    expect(await answerOf('getRun', { run })).toMatchObject({
      status: 'failed',
      answers: [{ step: 'second', approved: false, by: 'token serve', reason: 'not today' }],
    });
    expect((await server.call('POST', `/runs/${run}/answer`, { approved: true })).status).toBe(409);
    const again = await answerOf('retryRun', { run }, { from: 'second' });
    for await (const { type } of server.events(`/runs/${again.run}/events`)) if (type === 'step-waiting') break;
    await answerOf('answerRun', { run: again.run }, { approved: true });
    for await (const { type } of server.events(`/runs/${again.run}/events`)) if (type === 'end') break;
    expect(await answerOf('getRun', { run: again.run })).toMatchObject({ status: 'succeeded' });
  });

  test('a run is cancelled', async () => {
    const { run } = await answerOf('startRun', {}, { tool: 'asks' });
    for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'step-waiting') break;
    await answerOf('cancelRun', { run }, {});
    for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'end') break;
    expect(await answerOf('getRun', { run })).toMatchObject({ status: 'cancelled' });
  });

  test('lists are paged without repeating or hiding a run', async () => {
    const all = (await answerOf('listRuns')).runs.map(({ run }: { run: string }) => run);
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await answerOf('listRuns', {}, undefined, `?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.runs.map(({ run }: { run: string }) => run));
      cursor = page.next ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(all);
  });
});

describe('secrets', () => {
  const at = { group: 'default', secret: 'MADE' };

  test('are created, set, described, granted, revoked, moved and removed; a value never comes back', async () => {
    const created = await answerOf('createSecret', at, { name: 'MADE', value: `${VALUE} 1`, description: 'made here' });
    expect(created).toMatchObject({ created: true, secret: { version: 1, allow: [] } });
    expect((await server.call('POST', '/secrets/default', { name: 'MADE', value: 'x'.repeat(9) })).status).toBe(409);
    expect(await answerOf('setSecretValue', at, { value: `${VALUE} 2`, from: 1 })).toMatchObject({
      secret: { version: 2 },
    });
    expect((await server.call('PUT', '/secrets/default/MADE/value', { value: 'late value', from: 1 })).status).toBe(
      409,
    );
    expect(await answerOf('describeSecret', at, { rotateEvery: '90d' })).toMatchObject({ rotateEvery: '90d' });
    expect(await answerOf('grantSecret', at, { grants: ['tool:hello'] })).toMatchObject({ allow: ['tool:hello'] });
    expect(await answerOf('revokeSecret', at, { grants: ['tool:hello'] })).toMatchObject({ allow: [] });
    expect(await repository.must(['secret', 'reveal', 'MADE', '--stdout'])).toBe(`${VALUE} 2`);
    expect((await server.call('DELETE', '/secrets/default/MADE', { name: 'OTHER' })).status).toBe(400);
    expect(await answerOf('removeSecret', at, { name: 'MADE' })).toEqual({ removed: 'MADE', group: 'default' });
    expect((await server.get('/secrets/default/MADE')).status).toBe(404);
  });

  test('bytes come as base64, exactly', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 128, 1, 2, 3]);
    await answerOf('createSecret', at, { name: 'BYTES', value: bytes.toString('base64'), encoding: 'base64' });
    expect(await answerOf('viewSecret', { ...at, secret: 'BYTES' }, { name: 'BYTES' })).toMatchObject({
      encoding: 'base64',
      value: bytes.toString('base64'),
    });
  });

  test('a value is shown only when its name is typed, and the audit log records it', async () => {
    const token = { group: 'default', secret: 'TOKEN' };
    expect((await server.call('POST', '/secrets/default/TOKEN/view', { name: 'TOKE' })).status).toBe(400);
    expect(await answerOf('viewSecret', token, { name: 'TOKEN' })).toMatchObject({ value: VALUE });
    const [newest] = (await answerOf('listAudit')).records;
    expect(newest).toMatchObject({ action: 'reveal', actor: 'token serve', secrets: [{ name: 'TOKEN' }] });
  });

  test('a change of the vault takes effect with the next call, and is shown as not committed', async () => {
    await answerOf('createSecret', at, { name: 'FRESH', value: 'a fresh value' });
    await repository.must(['secret', 'describe', 'FRESH', 'by a command']);
    expect(await answerOf('getSecret', { ...at, secret: 'FRESH' })).toMatchObject({ description: 'by a command' });
    expect((await answerOf('getStatus')).toCommit).toContain('vault/default/FRESH.yaml');
  });
});

test('/openapi.json has each operation with its schemas, every reference resolves, and a linter finds nothing', async () => {
  const document = openApiDocument();
  const text = JSON.stringify(document);
  for (const [, name] of text.matchAll(/#\/components\/schemas\/(\w+)/g))
    expect(document, String(name)).toHaveProperty(['components', 'schemas', String(name)]);
  const served = await fetch(new URL('/openapi.json', server.url));
  expect(await served.json()).toEqual(document);
  const config = await createConfig({ extends: ['recommended-strict'] });
  expect(await lintFromString({ source: JSON.stringify(document), config })).toEqual([]);
  const operations = Object.values(document.paths as object).flatMap((path) => Object.values(path));
  expect(operations).toHaveLength(OPERATIONS.length);
});

test('a client with types that are generated from /openapi.json works', { timeout: 120_000 }, async () => {
  const source = join(import.meta.dirname, 'client');
  const folder = join(repository.place, 'client');
  cpSync(source, folder, { recursive: true, filter: (path) => !path.includes('node_modules') });
  const inClient = (file: string, ...args: string[]) =>
    execFileSync(file, args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  inClient('npm', 'ci', '--silent', '--no-audit', '--no-fund', '--ignore-scripts');
  writeFileSync(join(folder, 'openapi.json'), JSON.stringify(openApiDocument()));
  inClient('node_modules/.bin/openapi-typescript', 'openapi.json', '--output', 'api.ts');
  inClient('node_modules/.bin/tsc', '--project', '.');
  const said = inClient(process.execPath, 'client.ts', server.url, server.token);
  expect(JSON.parse(said)).toMatchObject({ status: 'succeeded', code: 'definition/unknown' });
  expect(JSON.parse(said).names).toContain('TOKEN');
});
