import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const KEY = 'the key of the hook';
const HOOKED = (form: string) => `kind: tool
name: hooked
on: {webhook: {secret: HOOK_KEY, form: ${form}}}
args: {event: {type: object}}
steps:
  - {id: say, run: 'cat "$LOCKSTEP_INPUT"'}
`;

async function hookRepository(form: string): Promise<Repository> {
  const repository = new Repository({
    'tools/hooked.yaml': HOOKED(form),
    'tools/plain.yaml': 'kind: tool\nname: plain\nsteps: [{id: a, run: echo}]\n',
  });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'HOOK_KEY', '--allow', 'trigger:hooked'], KEY);
  return repository;
}

const TRIGGERS = ['--triggers', '--group', 'default'];
const HOOKED_ONLY = [...TRIGGERS, '--tool', 'hooked'];

const hmac = (text: string, key = KEY) => `sha256=${createHmac('sha256', key).update(text).digest('hex')}`;

function hook(server: ServedRepository, body: string, headers: Record<string, string>, tool = 'hooked') {
  return fetch(new URL(`/hooks/${tool}`, server.url), { method: 'POST', headers, body });
}

test('a request with GitHub’s signature starts the tool, once; others start nothing', async () => {
  using repository = await hookRepository('github');
  await using server = await ServedRepository.start(repository, HOOKED_ONLY);
  const body = JSON.stringify({ action: 'opened', number: 7 });
  const signed = { 'x-hub-signature-256': hmac(body), 'content-type': 'application/json' };
  const answer = await hook(server, body, signed);
  expect(answer.status).toBe(202);
  const { run } = (await answer.json()) as { run: string };
  for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'end') break;
  expect(await server.must('GET', `/runs/${run}`)).toMatchObject({
    status: 'succeeded',
    by: 'webhook',
    args: { event: { action: 'opened', number: 7 } },
  });
  const [newest] = (await server.must('GET', '/audit')).records;
  expect(newest).toMatchObject({ action: 'use', detail: 'trigger:hooked', secrets: [{ name: 'HOOK_KEY' }] });
  const refused: [string, string, Record<string, string>, string?][] = [
    ['the same again', body, signed],
    ['another body', body.replace('7', '8'), signed],
    ['another key', body, { 'x-hub-signature-256': hmac(body, 'another key') }],
    ['no signature', body, {}],
    ['an empty signature', body, { 'x-hub-signature-256': 'sha256=' }],
    ['SHA-1', body, { 'x-hub-signature': `sha1=${createHmac('sha1', KEY).update(body).digest('hex')}` }],
    ['a tool without a webhook', body, signed, 'plain'],
    ['a tool that is not there', body, signed, 'nothing'],
    ['what is not JSON', 'event', { 'x-hub-signature-256': hmac('event') }],
    ['an event of another type', '[1]', { 'x-hub-signature-256': hmac('[1]') }],
  ];
  const statuses = [];
  for (const [, text, headers, tool] of refused) statuses.push((await hook(server, text, headers, tool)).status);
  expect(statuses).toEqual([409, 401, 401, 401, 401, 401, 401, 401, 400, 422]);
  expect((await server.must('GET', '/runs')).total).toBe(1);
});

test('the plain form signs the time too: an old or repeated request starts nothing', async () => {
  using repository = await hookRepository('plain');
  await using server = await ServedRepository.start(repository, HOOKED_ONLY);
  const at = (seconds: number) => String(Math.floor(Date.now() / 1000) + seconds);
  const signed = (time: string, body = '{}') => ({
    'lockstep-timestamp': time,
    'lockstep-signature': hmac(`${time}.${body}`),
  });
  const now = at(0);
  const statuses = [];
  for (const headers of [
    signed(now),
    signed(now),
    signed(at(-3600)),
    signed(at(3600)),
    { ...signed(now), 'lockstep-timestamp': at(1) },
  ])
    statuses.push((await hook(server, '{}', headers)).status);
  expect(statuses).toEqual([202, 409, 401, 401, 401]);
});

test('without --triggers, without the grant, or unnamed in a group that is not pinned, nothing starts', async () => {
  using repository = await hookRepository('github');
  const signed = { 'x-hub-signature-256': hmac('{}') };
  {
    await using server = await ServedRepository.start(repository);
    expect((await hook(server, '{}', signed)).status).toBe(404);
  }
  {
    await using server = await ServedRepository.start(repository, TRIGGERS);
    expect((await hook(server, '{}', signed)).status).toBe(401);
  }
  await repository.must(['secret', 'revoke', 'HOOK_KEY', '--to', 'trigger:hooked']);
  {
    await using server = await ServedRepository.start(repository, HOOKED_ONLY);
    const answer = await hook(server, '{}', signed);
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain('HOOK_KEY');
    await server.program.until('HOOK_KEY of default is not granted to trigger:hooked');
  }
});

test('in a pinned group only the definition that the grant names starts', async () => {
  using repository = await hookRepository('github');
  await repository.must(['group', 'set', 'default', '--pinned']);
  await repository.must(['secret', 'revoke', 'HOOK_KEY', '--to', 'trigger:hooked']);
  await repository.must(['secret', 'grant', 'HOOK_KEY', '--to', 'trigger:hooked', '--pin']);
  await using server = await ServedRepository.start(repository, TRIGGERS);
  const signed = (body: string) => ({ 'x-hub-signature-256': hmac(body) });
  expect((await hook(server, '{}', signed('{}'))).status).toBe(202);
  repository.write('tools/hooked.yaml', HOOKED('github').replace('cat', 'tac'));
  expect((await hook(server, '{"a":1}', signed('{"a":1}'))).status).toBe(401);
});

test('check knows triggers: bad times, unknown arguments, a tool that accepts no event, a missing key', async () => {
  using repository = new Repository({
    'tools/a.yaml':
      "kind: tool\nname: a\non:\n  schedule:\n    - {cron: '61 6 * * *'}\n    - {cron: '0 6 * * *', timezone: Mars/Base, args: {x: 1}}\nsteps: [{id: a, run: echo}]\n",
    'tools/b.yaml': 'kind: tool\nname: b\non: {webhook: {secret: NONE}}\nsteps: [{id: a, run: echo}]\n',
  });
  await repository.must(['init']);
  const { stdout } = await repository.lockstep(['check', '--json']);
  const problems = JSON.parse(stdout).problems.map((one: { code: string; line: number }) => `${one.code}:${one.line}`);
  expect(problems).toEqual(
    expect.arrayContaining([
      'schema/value:5',
      'schema/value:6',
      'args/unknown:6',
      'args/missing:3',
      'secret/unknown:3',
    ]),
  );
});
