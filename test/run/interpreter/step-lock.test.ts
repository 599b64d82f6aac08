import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';
import { Workshop } from '../../rig/workshop.ts';

const HELD = `kind: tool
name: held
steps:
  - {id: a, lock: deploy, run: 'echo holding; while [ -e tools ] && ! [ -e go ]; do sleep 0.02; done; echo a-end >> marks'}
`;
const NEXT = `kind: tool
name: next
steps:
  - {id: b, lock: deploy, run: 'echo b >> marks'}
  - {id: free, needs: [], lock: another, run: 'echo free >> marks; echo freed'}
`;

test('one step of a lock runs at a time, in all runs; other steps do not wait', async () => {
  using repository = new Repository({ 'tools/held.yaml': HELD, 'tools/next.yaml': NEXT });
  await using first = new RunningProgram(repository, ['run', 'held']);
  await first.until('holding');
  await using second = new RunningProgram(repository, ['run', 'next']);
  // The two come in either order.
  const said = await second.until(
    `b | waits for the lock "deploy", which process ${first.pid} on ${hostname()} holds\n`,
  );
  if (!said.includes('freed')) await second.until('freed');
  writeFileSync(join(repository.root, 'go'), '');
  expect(await first.ended).toBe(0);
  expect(await second.ended).toBe(0);
  expect(readFileSync(join(repository.root, 'marks'), 'utf8')).toBe('free\na-end\nb\n');
});

test('a step waits for the processes that a killed run left running', async () => {
  using repository = new Repository({ 'tools/held.yaml': HELD, 'tools/next.yaml': NEXT });
  await using first = new RunningProgram(repository, ['run', 'held']);
  await first.until('holding');
  first.signal('SIGKILL');
  await first.ended;
  await using second = new RunningProgram(repository, ['run', 'next']);
  await second.until('which a killed run has left, is still at work under it');
  writeFileSync(join(repository.root, 'go'), '');
  expect(await second.ended).toBe(0);
  const marks = readFileSync(join(repository.root, 'marks'), 'utf8').split('\n');
  expect(marks.indexOf('b')).toBeGreaterThan(marks.indexOf('a-end'));
  expect(marks.indexOf('a-end')).toBeGreaterThan(-1);
  expect(readdirSync(join(repository.place, 'state/locks'))).toEqual([]);
});

test('a killed run without running processes holds no lock, and a waiting step can be cancelled', async () => {
  using repository = new Repository({ 'tools/held.yaml': HELD, 'tools/next.yaml': NEXT });
  await using first = new RunningProgram(repository, ['run', 'held']);
  await first.until('holding');
  await using second = new RunningProgram(repository, ['run', 'held']);
  await second.until('waits for the lock');
  second.signal('SIGINT');
  expect(await second.until('cancelled held')).toContain('a | cancelled');
  expect(await second.ended).toBe(130);
  first.signal('SIGKILL');
  await first.ended;
  writeFileSync(join(repository.root, 'go'), '');
  await repository.must(['run', 'next']);
  rmSync(join(repository.root, 'marks'));
});

test('a called step may take the lock that the calling step holds', async () => {
  using workshop = new Workshop({
    'tools/main.yaml': 'steps: [{id: call, lock: x, uses: sub}]',
    'tools/sub.yaml': `steps: [{id: in, lock: x, run: 'echo inside'}]`,
  });
  const { outcome, output } = await workshop.run('main');
  expect([outcome.status, output('call/in')]).toEqual(['succeeded', 'inside\n']);
});

test('maxParallel of lockstep.yaml limits a whole run, and a step that waits for its turn has not started', async () => {
  const steps = Array.from(
    { length: 6 },
    (_, at) => `  - {id: s${at}, needs: [], run: 'echo + >> marks; sleep 0.05; echo - >> marks'}\n`,
  );
  using workshop = new Workshop({
    'lockstep.yaml': 'maxParallel: 1\n',
    'tools/main.yaml': `steps:\n${steps.join('')}`,
  });
  const { events } = await workshop.run('main');
  expect(readFileSync(join(workshop.root, 'marks'), 'utf8')).toBe('+\n-\n'.repeat(6));
  // An end is heard of after the next one has had its turn to begin, and no further one.
  const begun = (type: string) => (type === 'step-started' ? 1 : type === 'step-finished' ? -1 : 0);
  let open = 0;
  const most = events.map(({ type }) => (open += begun(type)));
  expect(Math.max(...most)).toBeLessThanOrEqual(2);
});

test('a step that is cancelled while it waits for its turn has made no attempt', async () => {
  using workshop = new Workshop({
    'lockstep.yaml': 'maxParallel: 1\n',
    'tools/main.yaml':
      "steps: [{id: a, run: 'echo ready; sleep 600'}, {id: b, needs: [], retry: {limit: 3}, run: 'true'}]",
  });
  const cancel = new AbortController();
  const run = (await workshop.project()).run('main', { signal: cancel.signal });
  for await (const event of run) if (event.type === 'output') cancel.abort();
  const { steps } = await run.result();
  expect(steps.map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
    ['a', 'cancelled', 1],
    ['b', 'cancelled', 0],
  ]);
  expect(steps.find(({ id }) => id === 'b')?.durationMs).toBe(0);
});

test('run --timeout ends the whole run, and the run reports it', async () => {
  using repository = new Repository({ 'tools/held.yaml': HELD });
  const { code, stdout } = await repository.lockstep(['run', 'held', '--timeout', '200ms']);
  expect([code, stdout]).toEqual([1, expect.stringContaining('failed held: timed out after 0.2 s')]);
  const wrong = await repository.lockstep(['run', 'held', '--timeout', '0s']);
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining('--timeout takes a time above 0')]);
});
