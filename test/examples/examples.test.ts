import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalServer } from '../rig/local-server.ts';
import { Repository } from '../rig/repository.ts';

const GITHUB_PAT = 'ghp_0123456789abcdefghij';
const CHAT_BOT = 'chat-token-0123456789';

/** Stands for the GitHub API and a chat service; each knows its own token. */
function startServices(): Promise<LocalServer> {
  return LocalServer.start((path, token) => {
    if (path === '/user')
      return token === GITHUB_PAT
        ? { status: 200, body: { login: 'octocat' } }
        : { status: 401, body: { message: 'Bad credentials' } };
    if (path === '/messages')
      return token === CHAT_BOT
        ? { status: 201, body: { url: 'https://chat.example/m/7' } }
        : { status: 401, body: {} };
    return { status: 404, body: {} };
  });
}

/** The examples name the hosts that may get a token: here these are the local stand-ins. */
async function withSecrets({ url }: LocalServer, token = GITHUB_PAT): Promise<Repository> {
  const repository = Repository.ofExamples();
  for (const name of readdirSync(join(repository.root, 'tools'))) {
    const text = readFileSync(join(repository.root, 'tools', name), 'utf8');
    repository.write(`tools/${name}`, text.replaceAll(/https:\/\/(?:api\.github|chat\.example)\.com/g, url));
  }
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'GITHUB_PAT'], token);
  await repository.must(['secret', 'set', 'CHAT_BOT'], CHAT_BOT);
  await repository.must(['secret', 'set', 'SIGNING_KEY'], 'a signing key of some length');
  return repository;
}

describe('github-whoami, the Python tool that asks the GitHub API who it is', () => {
  test('with the right token', async () => {
    await using server = await startServices();
    using repository = await withSecrets(server);
    const { code, stdout, stderr } = await repository.lockstep([
      'run',
      'github-whoami',
      '--arg',
      `endpoint=${server.url}`,
    ]);
    expect(stderr).toBe('');
    expect(stdout).toContain('ask | authenticated as octocat\n');
    expect(stdout).toContain('login = octocat');
    expect(code).toBe(0);
    expect(server.requests).toEqual([{ method: 'GET', path: '/user', token: GITHUB_PAT, body: '' }]);
  });

  test('with a wrong token', async () => {
    await using server = await startServices();
    using repository = await withSecrets(server, 'ghp_revoked_token_000000');
    const { code, stdout } = await repository.lockstep(['run', 'github-whoami', '--arg', `endpoint=${server.url}`]);
    expect(stdout).toContain('ask | the API answered 401 Unauthorized: is the token right?\n');
    expect(stdout).toContain('ask | failed: exit code 1\n');
    expect(stdout).not.toContain('ghp_revoked');
    expect(code).toBe(1);
  });

  test('with no token: nothing starts, and the message names the tool, the step, the secret and the next command', async () => {
    await using server = await startServices();
    using repository = Repository.ofExamples();
    await repository.must(['init']);
    const { code, stderr } = await repository.lockstep(['run', 'github-whoami', '--arg', `endpoint=${server.url}`]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'the step "ask" of github-whoami cannot get the secret GITHUB_PAT: the group "default" holds no GITHUB_PAT',
    );
    expect(stderr).toContain('hint: lockstep secret set GITHUB_PAT --group default');
    expect(stderr).toContain('nothing was started');
    expect(server.requests).toEqual([]);
  });
});

describe('release-notes, a graph that calls another tool', () => {
  const call = (server: LocalServer, ...more: string[]) => [
    'run',
    'release-notes',
    '--agent',
    'releaser',
    '--arg',
    'version=0.1.0',
    '--arg',
    `endpoint=${server.url}`,
    ...more,
  ];

  test('collects, signs and posts through the agent', async () => {
    await using server = await startServices();
    using repository = await withSecrets(server);
    const report = JSON.parse(await repository.must([...call(server), '--json']));
    expect(report.steps.map(({ id, status }: { id: string; status: string }) => [id, status])).toEqual([
      ['collect', 'succeeded'],
      ['sign', 'succeeded'],
      ['post/send', 'succeeded'],
      ['post', 'succeeded'],
    ]);
    expect(report.outputs).toEqual({ url: 'https://chat.example/m/7' });
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({
      text: '0.1.0\n\n- first',
      signature: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  test('posts nothing with its own dry-run argument', async () => {
    await using server = await startServices();
    using repository = await withSecrets(server);
    const report = JSON.parse(await repository.must([...call(server, '--arg', 'dryRun=true'), '--json']));
    expect(report.steps.at(-1)).toMatchObject({ id: 'post', status: 'skipped' });
    expect(server.requests).toEqual([]);
  });

  test('shows no token, though a step prints one', async () => {
    await using server = await startServices();
    using repository = await withSecrets(server);
    const { stdout, stderr } = await repository.lockstep(call(server));
    expect(stdout).toContain('post/send | posted 14 characters with the token ***\n');
    expect(stdout + stderr).not.toContain(CHAT_BOT);
  });
});

test('announce posts one message for each version', async () => {
  await using server = await startServices();
  using repository = await withSecrets(server);
  repository.write('CHANGES', '# Changes\n\n## [1.1.0]\n\n- second\n\n## 1.0.0 - 2026-01-01\n\n- first\n');
  const given = ['--arg', `endpoint=${server.url}`, '--arg', 'changelog=CHANGES'];
  const report = JSON.parse(await repository.must(['run', 'announce', ...given, '--json']));
  expect(JSON.parse(report.outputs.urls)).toEqual(['https://chat.example/m/7', 'https://chat.example/m/7']);
  const texts = server.requests.map(({ body }) => JSON.parse(body).text);
  expect(texts.sort()).toEqual(['Version 1.0.0 is out.', 'Version 1.1.0 is out.']);
});

test('hello needs nothing', async () => {
  using repository = Repository.ofExamples();
  expect(await repository.must(['run', 'hello', '--arg', 'name=Ada'])).toContain('greet | Hello, Ada\n');
});

test('every example is valid, has a plan, and has its row in examples/README.md', async () => {
  await using server = await startServices();
  using repository = await withSecrets(server);
  const readme = readFileSync(join(import.meta.dirname, '../../examples/README.md'), 'utf8');
  expect(JSON.parse(await repository.must(['check', '--json']))).toMatchObject({ ok: true, problems: [] });
  for (const file of readdirSync(join(repository.root, 'tools'))) {
    expect(readme).toContain(`](tools/${file})`);
    const plan = JSON.parse(await repository.must(['plan', file.replace('.yaml', ''), '--json']));
    expect(plan).toMatchObject({ ready: true, problems: [] });
  }
});
