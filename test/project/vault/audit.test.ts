import { appendFileSync, chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';

const VALUE = 'a-value-that-no-log-may-hold';
const TOOL = 'kind: tool\nname: use\nsecrets: [TOKEN]\nsteps:\n  - {id: use, run: "touch ran"}\n';

async function repositoryWithToken(): Promise<Repository> {
  const repository = new Repository({ 'tools/use.yaml': TOOL });
  onTestFinished(() => repository[Symbol.dispose]());
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN'], VALUE);
  return repository;
}

function logFile(repository: Repository): string {
  const folder = join(repository.env.LOCKSTEP_STATE_DIR ?? '', 'audit');
  const [name = ''] = readdirSync(folder);
  return join(folder, name);
}

async function records(repository: Repository, ...args: string[]): Promise<Record<string, unknown>[]> {
  return JSON.parse(await repository.must(['audit', 'list', '--json', ...args])).records;
}

test('every use, reveal and change is recorded, with names and versions and no value', async () => {
  const repository = await repositoryWithToken();
  await repository.must(['run', 'use']);
  await repository.must(['secret', 'grant', 'TOKEN', '--to', 'exec']);
  await repository.must(['secret', 'reveal', 'TOKEN', '--stdout']);
  await repository.must(['secret', 'set', 'TOKEN'], `${VALUE} again`);
  await repository.must(['secret', 'revoke', 'TOKEN', '--to', 'exec']);
  await repository.must(['secret', 'remove', 'TOKEN', '--yes']);
  const all = await records(repository);
  expect(all.map((one) => one.action)).toEqual(['set', 'use', 'outcome', 'grant', 'reveal', 'set', 'revoke', 'remove']);
  const token = (version: number) => [{ name: 'TOKEN', version }];
  expect(all[1]).toMatchObject({
    member: 'ada',
    group: 'default',
    tool: 'use',
    digest: expect.stringMatching(/^[0-9a-f]{64}$/),
    secrets: token(1),
  });
  expect(all[2]).toMatchObject({ run: all[1]?.run, detail: 'succeeded' });
  expect(all[3]).toMatchObject({ detail: 'exec', secrets: token(1) });
  expect(all[5]).toMatchObject({ secrets: token(2) });
  expect(readFileSync(logFile(repository), 'utf8')).not.toContain(VALUE);
  expect(statSync(logFile(repository)).mode & 0o777).toBe(0o600);
  expect(await records(repository, '--limit', '2')).toHaveLength(2);
  expect(await records(repository, '--since', '2999-01-01')).toEqual([]);
});

test('a run that cannot be recorded does not start, and a change is not made', async () => {
  const repository = await repositoryWithToken();
  const log = logFile(repository);
  const before = readFileSync(join(repository.root, 'vault/default/TOKEN.yaml'), 'utf8');
  chmodSync(log, 0o400);
  writeFileSync(`${log}.kept`, readFileSync(log));
  await repository.node([
    '-e',
    `const fs = require('node:fs'); fs.rmSync(${JSON.stringify(log)}); fs.mkdirSync(${JSON.stringify(log)})`,
  ]);
  const run = await repository.lockstep(['run', 'use']);
  expect(run.code).toBe(3);
  expect(run.stderr).toContain('a use that cannot be recorded is refused');
  expect(existsSync(join(repository.root, 'ran'))).toBe(false);
  expect((await repository.lockstep(['secret', 'set', 'TOKEN'], 'another value')).code).toBe(3);
  expect(readFileSync(join(repository.root, 'vault/default/TOKEN.yaml'), 'utf8')).toBe(before);
});

test('a line that a crash cut short damages no other record', async () => {
  const repository = await repositoryWithToken();
  appendFileSync(logFile(repository), '{"time":"2026-11-23T00:00:00Z","action":"us');
  await repository.must(['run', 'use']);
  expect((await records(repository)).map((one) => one.action)).toEqual(['set', 'use', 'outcome']);
});

test('changes of members, changes of groups and re-keys are recorded too', async () => {
  const repository = await repositoryWithToken();
  const friend = new Repository();
  onTestFinished(() => friend[Symbol.dispose]());
  await friend.must(['init']);
  const { recipient, signing } = JSON.parse(await friend.must(['whoami', '--json']));
  await repository.must(['group', 'add', 'prod']);
  await repository.must(['member', 'add', 'bob', `${recipient}:${signing}`, '--read', 'default']);
  await repository.must(['group', 'rekey', 'default']);
  await repository.must(['member', 'remove', 'bob', '--yes']);
  const told = (await records(repository)).slice(1).map(({ action, group, detail }) => [action, group, detail]);
  expect(told).toEqual([
    ['groups', 'prod', 'added'],
    ['members', undefined, 'added bob read:default'],
    ['groups', 'default', 're-keyed'],
    ['members', undefined, 'removed bob'],
  ]);
});
