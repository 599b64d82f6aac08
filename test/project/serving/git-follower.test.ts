import { execFile, spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';
import { commitAll, ServedRepository } from '../../rig/served-repository.ts';

const tool = (text: string) => `kind: tool\nname: say\ndescription: ${text}\nsteps: [{id: say, run: 'echo ${text}'}]\n`;

function commit(repository: Repository, message: string): string {
  const git = (...args: string[]) =>
    spawnSync('git', args, { cwd: repository.root, env: repository.env, encoding: 'utf8' }).stdout.trim();
  git('add', '-A');
  git('-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '-q', '-m', message);
  return git('rev-parse', 'HEAD');
}

/** Git's own HTTP server, behind Node's. */
async function gitOverHttp(folder: string) {
  const backend = join((await promisify(execFile)('git', ['--exec-path'])).stdout.trim(), 'git-http-backend');
  const server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const env = {
      ...{ PATH: process.env.PATH ?? '', GIT_PROJECT_ROOT: folder, GIT_HTTP_EXPORT_ALL: '1', PATH_INFO: path },
      ...{
        QUERY_STRING: query,
        REQUEST_METHOD: request.method ?? '',
        CONTENT_TYPE: request.headers['content-type'] ?? '',
      },
      ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' },
      ...(request.headers['git-protocol'] && { GIT_PROTOCOL: String(request.headers['git-protocol']) }),
      ...(request.headers['content-encoding'] && { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] }),
    };
    const child = execFile(backend, { env, encoding: 'buffer', maxBuffer: 2 ** 26 }, (_, output) => {
      const end = output.indexOf('\r\n\r\n');
      for (const line of output.subarray(0, end).toString().split('\r\n')) {
        const [name = '', value = ''] = line.split(': ');
        if (name === 'Status') response.statusCode = Number(value.slice(0, 3));
        else response.setHeader(name, value);
      }
      response.end(output.subarray(end + 4));
    });
    if (child.stdin) request.pipe(child.stdin);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, [Symbol.asyncDispose]: async () => void server.close() };
}

test.each(['a local path', 'HTTP'])('a branch is followed over %s: whole commits, and only valid ones', async (way) => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], 'a value that nobody may see');
  commitAll(repository, 'one');
  const first = commit(repository, 'none');
  await using http = await gitOverHttp(repository.place);
  const remote = way === 'HTTP' ? `${http.url}/repository/.git` : repository.root;
  await using server = await ServedRepository.start(repository, ['--git', remote, '--ref', 'main', '--every', '3600']);
  const said = async () => (await server.must('GET', '/tools')).tools[0].description;
  expect((await server.must('GET', '/status')).following).toMatchObject({ branch: 'main', commit: first });
  expect(await said()).toBe('one');

  repository.write('tools/say.yaml', tool('two'));
  const second = commit(repository, 'two');
  expect(await server.must('POST', '/follow')).toMatchObject({ commit: second });
  expect(await said()).toBe('two');
  const run = await server.runToEnd({ tool: 'say' });
  expect(run).toMatchObject({ status: 'succeeded', snapshot: { commit: second, branch: 'main' } });

  repository.write('tools/say.yaml', 'kind: tool\nname: say\nstepz: []\n');
  const third = commit(repository, 'broken');
  const refused = await server.must('POST', '/follow');
  expect(refused).toMatchObject({
    commit: second,
    refused: { commit: third, problems: [{ code: 'schema/unknown-key' }] },
  });
  expect(await said()).toBe('two');

  repository.write('tools/say.yaml', tool('four'));
  repository.write('vault/default/TOKEN.yaml', 'name: TOKEN\n');
  const fourth = commit(repository, 'tampered');
  expect(await server.must('POST', '/follow')).toMatchObject({ commit: second, refused: { commit: fourth } });
  spawnSync('git', ['revert', '--no-edit', 'HEAD'], {
    cwd: repository.root,
    env: {
      ...repository.env,
      GIT_AUTHOR_NAME: 'a',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'a',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    },
  });
  repository.write('tools/say.yaml', tool('five'));
  const fifth = commit(repository, 'sound again');
  expect(await server.must('POST', '/follow')).toMatchObject({ commit: fifth });
  expect(await said()).toBe('five');

  const write = await server.call('POST', '/secrets/default', { name: 'NEW', value: 'a new value' });
  expect(write).toMatchObject({ status: 409, body: { code: 'server/read-only' } });
});

test('an unreachable remote keeps the last commit, and the status reports it', async () => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  commitAll(repository);
  const http = await gitOverHttp(repository.place);
  await using server = await ServedRepository.start(repository, [
    '--git',
    `${http.url}/repository/.git`,
    '--every',
    '3600',
  ]);
  await http[Symbol.asyncDispose]();
  expect(await server.must('POST', '/follow')).toMatchObject({ failure: expect.stringContaining('git fetch failed') });
  expect((await server.must('GET', '/tools')).tools).toHaveLength(1);
});

test.each([
  ['that is not there', '/no/such/place', 'git fetch failed', 3],
  ['with a password', 'https://me:secret@git.example/x.git', 'the remote holds a password', 2],
  ['that is an option', '--upload-pack=touch marker', 'is not a remote', 2],
  ['that runs a command', 'ext::sh -c touch% marker', 'git fetch failed', 3],
])('a remote %s is refused', async (_, remote, message, code) => {
  using repository = new Repository({ 'tools/say.yaml': tool('one') });
  const answer = await repository.lockstep(['serve', `--git=${remote}`]);
  expect(answer).toMatchObject({ code, stderr: expect.stringContaining(message) });
  expect(answer.stderr).not.toContain('secret@');
  expect(spawnSync('find', [repository.place, '-name', 'marker'], { encoding: 'utf8' }).stdout).toBe('');
});
