import { expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const tool = (name: string) => `kind: tool\nname: ${name}\nsteps: [{id: say, run: 'echo hello'}]\n`;

async function withVault(): Promise<Repository> {
  const repository = new Repository({ 'tools/hello.yaml': tool('hello'), 'tools/other.yaml': tool('other') });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], 'a value that nobody may see');
  return repository;
}

test('a stream ends with the token that opened it', async () => {
  using repository = await withVault();
  const token = (await repository.must(['token', 'make', 'reader'])).trim();
  await using server = await ServedRepository.start(repository);
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await fetch(new URL('/api/v1/events', server.url), { headers });
  const chunks = (body ?? expect.unreachable()).pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('event: ready')) text += (await chunks.read()).value;
  await repository.must(['token', 'revoke', 'reader']);
  await server.runToEnd({ tool: 'hello' });
  for (let read = await chunks.read(); !read.done; read = await chunks.read()) text += read.value;
  expect(text).not.toContain('event: run');
});

test('a token for one tool reads and brings up to date no grants of another', async () => {
  using repository = await withVault();
  const token = (await repository.must(['token', 'make', 'one', '--scope', 'write', '--tool', 'hello'])).trim();
  await using server = await ServedRepository.start(repository);
  const as = async (method: string, path: string, body?: object) =>
    (await server.call(method, path, body, { authorization: `Bearer ${token}` })).body.code;
  expect(await as('GET', '/groups/default/repin/other')).toBe('access/tool');
  expect(await as('POST', '/groups/default/repin/other', { digest: '0'.repeat(64) })).toBe('access/tool');
  expect(await as('GET', '/groups/default/repin/hello')).not.toBe('access/tool');
});

test('a token for one tool grants to no other', async () => {
  using repository = await withVault();
  const token = (await repository.must(['token', 'make', 'one', '--scope', 'write', '--tool', 'hello'])).trim();
  await using server = await ServedRepository.start(repository);
  const grant = async (text: string) => {
    const headers = { authorization: `Bearer ${token}` };
    return (await server.call('POST', '/secrets/default/TOKEN/grant', { grants: [text] }, headers)).status;
  };
  expect(await grant('tool:hello')).toBe(200);
  for (const other of ['tool:other', 'agent:any', 'exec', '*']) expect(await grant(other), other).toBe(403);
  const created = { name: 'NEW', value: 'a new value', allow: ['tool:other'] };
  const headers = { authorization: `Bearer ${token}` };
  expect((await server.call('POST', '/secrets/default', created, headers)).status).toBe(403);
});

test('a token for one group continues no run that would now use another', async () => {
  using repository = await withVault();
  await repository.must(['group', 'add', 'prod']);
  repository.write('lockstep.yaml', 'group: default\n');
  const token = (await repository.must(['token', 'make', 'prod', '--scope', 'run', '--group', 'prod'])).trim();
  await using server = await ServedRepository.start(repository);
  const { run, group } = await server.runToEnd({ tool: 'hello' });
  expect(group).toBeNull();
  for (const action of ['retry', 'resume']) {
    const answer = await server.call('POST', `/runs/${run}/${action}`, {}, { authorization: `Bearer ${token}` });
    expect(answer.body.code, action).toBe('access/group');
  }
});

test('a token for one group learns of no other from the members', async () => {
  using repository = await withVault();
  await repository.must(['group', 'add', 'prod']);
  const token = (await repository.must(['token', 'make', 'prod', '--group', 'prod'])).trim();
  await using server = await ServedRepository.start(repository);
  const { body } = await server.call('GET', '/members', undefined, { authorization: `Bearer ${token}` });
  expect(body.members).toMatchObject([{ name: 'ada', reads: ['prod'], writes: ['prod'] }]);
  expect((await server.must('GET', '/members')).members).toMatchObject([{ reads: ['default', 'prod'] }]);
});
