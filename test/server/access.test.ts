import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { certificate } from '../rig/certificate.ts';
import { startIssuer } from '../rig/issuer.ts';
import { leaksOf } from '../rig/leaks.ts';
import { connectHttp } from '../rig/mcp-client.ts';
import { Repository } from '../rig/repository.ts';
import { RunningProgram } from '../rig/running-program.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const tool = (name: string) => `kind: tool\nname: ${name}\nsteps: [{id: say, run: 'echo hello'}]\n`;
const FILES = { 'tools/hello.yaml': tool('hello'), 'tools/other.yaml': tool('other') };

async function withVault(): Promise<Repository> {
  const repository = new Repository(FILES);
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], 'a value that nobody may see');
  return repository;
}

describe('tokens', () => {
  test('allow what their scopes say, for the tools and groups that they name, until they are revoked', async () => {
    using repository = await withVault();
    const make = async (...args: string[]) => (await repository.must(['token', 'make', ...args])).trim();
    const [reader, runner, elsewhere] = [
      await make('reader'),
      await make('runner', '--scope', 'run', '--tool', 'hello'),
      await make('elsewhere', '--scope', 'write', '--group', 'prod'),
    ];
    await using server = await ServedRepository.start(repository);
    const as = (token: string, method: string, path: string, body?: unknown) =>
      server.call(method, path, body, { authorization: `Bearer ${token}` }).then(({ status }) => status);
    expect(await as(reader, 'GET', '/secrets')).toBe(200);
    expect(await as(reader, 'POST', '/runs', { tool: 'hello' })).toBe(403);
    expect(await as(reader, 'POST', '/secrets/default', { name: 'NEW', value: 'a new value' })).toBe(403);
    expect(await as(runner, 'POST', '/runs', { tool: 'hello' })).toBe(201);
    expect(await as(runner, 'POST', '/runs', { tool: 'other' })).toBe(403);
    expect(await as(runner, 'GET', '/tools/other')).toBe(403);
    expect(await as(elsewhere, 'GET', '/secrets')).toBe(403);
    expect(await as(elsewhere, 'POST', '/secrets/default', { name: 'NEW', value: 'a new value' })).toBe(403);
    const run = (await server.must('POST', '/runs', { tool: 'other' })).run;
    for (const path of [`/runs/${run}`, `/runs/${run}/log`, `/runs/${run}/events`])
      expect(await as(runner, 'GET', path)).toBe(403);
    for (const action of ['cancel', 'resume', 'retry'])
      expect(await as(runner, 'POST', `/runs/${run}/${action}`, {})).toBe(403);
    const seen = await server.call('GET', '/runs', undefined, { authorization: `Bearer ${runner}` });
    expect(seen.body.runs.map((one: { tool: string }) => one.tool)).toEqual(['hello']);
    for (const path of [
      '/tools/hello',
      '/secrets/default/TOKEN',
      '/secrets/default/TOKEN/history',
      '/access?group=default',
    ])
      expect(await as(elsewhere, 'GET', path), path).toBe(403);
    expect(await as(elsewhere, 'POST', '/tools/hello/plan', {})).toBe(403);
    const list = JSON.parse(await repository.must(['token', 'list', '--json']));
    expect(list.tokens).toMatchObject([
      { name: 'reader' },
      { name: 'runner', tools: ['hello'] },
      { name: 'elsewhere' },
    ]);
    expect(JSON.stringify(list)).not.toContain(reader);
    await repository.must(['token', 'revoke', 'reader']);
    expect(await as(reader, 'GET', '/secrets')).toBe(401);
    for (const token of [reader, runner, elsewhere]) expect(leaksOf(repository, token)).toEqual([]);
  });

  test('expire', async () => {
    using repository = await withVault();
    const token = (await repository.must(['token', 'make', 'short', '--days', '1'])).trim();
    await using server = await ServedRepository.start(repository);
    const status = () =>
      server.call('GET', '/status', undefined, { authorization: `Bearer ${token}` }).then((one) => one.status);
    expect(await status()).toBe(200);
    const folder = join(repository.env.LOCKSTEP_STATE_DIR ?? '', 'tokens');
    const [file = ''] = readdirSync(folder);
    const stored = readFileSync(join(folder, file), 'utf8').replace(
      /"expires": "[^"]+"/,
      '"expires": "2020-01-01T00:00:00.000Z"',
    );
    writeFileSync(join(folder, file), stored);
    expect(await status()).toBe(401);
  });

  test('the token that serve prints is not in any log line or argv', async () => {
    using repository = await withVault();
    await using program = new RunningProgram(repository, ['serve', '--json']);
    const { url, token } = JSON.parse(await program.until('\n'));
    await fetch(new URL('/api/v1/status', url), { headers: { authorization: `Bearer ${token}` } });
    await fetch(new URL(`/api/v1/${token}`, url), { headers: { authorization: `Bearer x${token}` } });
    const log = await program.until('"status":404');
    expect(log.match(/"request"/g)?.length).toBeGreaterThan(1);
    expect(readFileSync(`/proc/${program.pid}/cmdline`, 'utf8')).not.toContain(token);
    expect(log).not.toContain(token);
  });
});

describe('view', () => {
  test('is off unless the server allows it, and the answer names the command', async () => {
    using repository = await withVault();
    const token = (await repository.must(['token', 'make', 'viewer', '--scope', 'view'])).trim();
    await using server = await ServedRepository.start(repository);
    const view = (headers = {}) => server.call('POST', '/secrets/default/TOKEN/view', { name: 'TOKEN' }, headers);
    expect((await view()).status).toBe(403);
    expect(await view({ authorization: `Bearer ${token}` })).toMatchObject({
      status: 403,
      body: { code: 'access/view', hints: ['lockstep secret reveal TOKEN --group default'] },
    });
  });
});

describe('an address other than loopback', () => {
  test('needs TLS, and shows no values', async () => {
    using repository = await withVault();
    const bare = await repository.lockstep(['serve', '--host', '0.0.0.0']);
    expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining('--tls-cert FILE --tls-key FILE') });
    const files = tlsFlags(repository);
    const viewing = await repository.lockstep(['serve', '--host', '0.0.0.0', ...files, '--allow-view']);
    expect(viewing).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--allow-view works on this machine only'),
    });
  });

  test('is served over TLS under the names that it is given', async () => {
    using repository = await withVault();
    await using program = new RunningProgram(repository, [
      ...['serve', '--json', '--host', '0.0.0.0', '--name', 'ops.example'],
      ...tlsFlags(repository),
    ]);
    const { url, token } = JSON.parse(await program.until('\n'));
    expect(url).toMatch(/^https:/);
    const get = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { host, authorization: `Bearer ${token}` };
        const options = { host: '127.0.0.1', port: new URL(url).port, path: '/api/v1/status', headers };
        request({ ...options, rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode))
          .on('error', reject)
          .end();
      });
    expect(await get('ops.example')).toBe(200);
    expect(await get('other.example')).toBe(421);
  });
});

function tlsFlags({ place }: Repository): string[] {
  const [cert, key] = [join(place, 'cert.pem'), join(place, 'key.pem')];
  certificate(cert, key);
  return ['--tls-cert', cert, '--tls-key', key];
}

describe('tokens of an OpenID Connect issuer', () => {
  test('are authorized by the claims that the access file names, and by nothing else', async () => {
    using repository = await withVault();
    await using issuer = await startIssuer();
    const access = join(repository.place, 'access.json');
    const rules = [
      { claim: 'groups', value: 'sre', scopes: ['run'], tools: ['hello'] },
      { claim: 'email', value: 'ada@example.org', scopes: ['read'] },
    ];
    writeFileSync(access, JSON.stringify({ rules }));
    const flags = ['--oidc-issuer', issuer.url, '--oidc-audience', 'lockstep', '--access', access];
    await using server = await ServedRepository.start(repository, flags);
    const as = (token: string, method = 'GET', path = '/status', body?: unknown) =>
      server.call(method, path, body, { authorization: `Bearer ${token}` }).then(({ status }) => status);
    const sre = await issuer.token({ groups: ['dev', 'sre'] });
    expect(await as(sre)).toBe(200);
    expect(await as(sre, 'POST', '/runs', { tool: 'hello' })).toBe(201);
    expect(await as(sre, 'POST', '/runs', { tool: 'other' })).toBe(403);
    const reader = await issuer.token({ email: 'ada@example.org' });
    expect(await as(reader)).toBe(200);
    expect(await as(reader, 'POST', '/runs', { tool: 'hello' })).toBe(403);
    expect(await as(await issuer.token({ groups: ['dev'] }))).toBe(401);
    expect(await as(await issuer.token({ groups: 'sre-team' }))).toBe(401);
    expect(await as(await issuer.token({ groups: ['sre'] }, { audience: 'another' }))).toBe(401);
    expect(await as(await issuer.token({ groups: ['sre'] }, { issuer: 'http://127.0.0.1:1' }))).toBe(401);
    expect(await as(await issuer.token({ groups: ['sre'] }, { expires: '-5m' }))).toBe(401);
    const [head, payload] = sre.split('.');
    expect(await as(`${head}.${payload}.AAAA`)).toBe(401);
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    expect(await as(`${none}.${payload}.`)).toBe(401);
  });

  test('a client of /mcp finds the issuer, and gets what the claims of its token give', async () => {
    using repository = await withVault();
    await using issuer = await startIssuer();
    const access = join(repository.place, 'access.json');
    const rules = [{ claim: 'groups', value: 'sre', scopes: ['run'], tools: ['hello'] }];
    writeFileSync(access, JSON.stringify({ rules }));
    const flags = ['--oidc-issuer', issuer.url, '--oidc-audience', 'lockstep', '--access', access];
    await using server = await ServedRepository.start(repository, flags);
    const refused = await fetch(new URL('/mcp', server.url), { method: 'POST', body: '{}' });
    expect(refused.status).toBe(401);
    const [, at = ''] = /^Bearer resource_metadata="(.*)"$/.exec(refused.headers.get('www-authenticate') ?? '') ?? [];
    expect(at).toBe(`${server.url}.well-known/oauth-protected-resource/mcp`);
    expect(await (await fetch(at)).json()).toEqual({
      resource: `${server.url}mcp`,
      resource_name: 'Lockstep',
      authorization_servers: [issuer.url],
      bearer_methods_supported: ['header'],
    });
    await using client = await connectHttp(server, { token: await issuer.token({ groups: ['sre'] }) });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['hello']);
    expect((await client.callTool({ name: 'hello' })).isError).toBe(false);
    await expect(client.callTool({ name: 'other' })).rejects.toThrow('Unknown tool');
  });

  test('the access file lies outside the repository, and its problems have a place', async () => {
    using repository = await withVault();
    repository.write('access.json', '{"rules": []}');
    const outside = join(repository.place, 'access.json');
    writeFileSync(outside, '{"rules": [{"claim": "groups", "value": "sre", "scopes": ["all"]}]}');
    const serve = (file: string) =>
      repository.lockstep(['serve', '--oidc-issuer', 'http://127.0.0.1:1', '--oidc-audience', 'a', '--access', file]);
    expect((await serve('access.json')).stderr).toContain('lies in the repository');
    expect((await serve(outside)).stderr).toContain('rule 1 needs scopes: read, run, approve, write, view');
    expect((await serve(join(repository.place, 'none.json'))).code).toBe(3);
  });
});
