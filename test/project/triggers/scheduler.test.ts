import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Project } from '../../../src/project/project.ts';
import { FiredTimes } from '../../../src/project/triggers/fired-times.ts';
import { Scheduler } from '../../../src/project/triggers/scheduler.ts';
import { Repository } from '../../rig/repository.ts';

const tool = (cron: string, more = '') =>
  `kind: tool\nname: timed\non: {schedule: [{cron: '${cron}'${more}}]}\nsteps: [{id: a, run: echo}]\n`;

let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'lockstep-state-'));
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(state, { recursive: true });
});

async function scheduled(repository: Repository, started: string[], closing: AbortController) {
  const project = await Project.open({ cwd: repository.root, env: repository.env, clock: () => new Date() });
  const scheduler = new Scheduler({
    project,
    fired: new FiredTimes(state, project.root),
    mayStart: async () => true,
    start: async ({ time }) => started.push(time.toISOString()),
    failed: (_, error) => started.push(String(error)),
    signal: closing.signal,
  });
  await scheduler.plan();
  return scheduler;
}

test('a tool starts at each of its times, in its time zone', async () => {
  vi.setSystemTime('2026-03-28T22:00:00Z');
  using repository = new Repository({ 'tools/timed.yaml': tool('30 2 * * *', ', timezone: Europe/Berlin') });
  const started: string[] = [];
  const closing = new AbortController();
  await scheduled(repository, started, closing);
  for (let hour = 0; hour < 52; hour += 1) {
    await vi.advanceTimersByTimeAsync(3_600_000);
    await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  }
  closing.abort();
  // On 29 March the clocks in Berlin go from 2 to 3: what was due between starts at 3.
  expect(started).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z', '2026-03-31T00:30:00.000Z']);
});

test.each([
  ['none', []],
  ['last', ['2026-11-29T09:00:00.000Z']],
])('after a downtime, catchUp: %s', async (catchUp, expected) => {
  vi.setSystemTime('2026-11-29T06:30:00Z');
  using repository = new Repository({ 'tools/timed.yaml': tool('0 * * * *', `, catchUp: ${catchUp}`) });
  const closing = new AbortController();
  await scheduled(repository, [], closing);
  closing.abort();
  vi.setSystemTime('2026-11-29T09:10:00Z');
  const started: string[] = [];
  const again = new AbortController();
  await scheduled(repository, started, again);
  again.abort();
  expect(started).toEqual(expected);
  const third: string[] = [];
  const last = new AbortController();
  await scheduled(repository, third, last);
  last.abort();
  expect(third).toEqual([]);
});

test('of two servers only one starts the tool at a time of its schedule', async () => {
  vi.setSystemTime('2026-11-29T06:30:00Z');
  using repository = new Repository({ 'tools/timed.yaml': tool('0 * * * *') });
  const started: string[] = [];
  const closing = new AbortController();
  await Promise.all([scheduled(repository, started, closing), scheduled(repository, started, closing)]);
  await vi.advanceTimersByTimeAsync(3_600_000);
  vi.useRealTimers();
  await expect.poll(() => started.length).toBe(1);
  closing.abort();
  expect(started).toEqual(['2026-11-29T07:00:00.000Z']);
});

test('a damaged record of times starts nothing, and is reported', async () => {
  using repository = new Repository({ 'tools/timed.yaml': tool('0 * * * *') });
  const project = await Project.open({ cwd: repository.root, env: repository.env });
  const fired = new FiredTimes(state, project.root);
  await fired.claimTime('x', new Date());
  const { readdirSync, writeFileSync } = await import('node:fs');
  const [file = ''] = readdirSync(join(state, 'triggers'));
  writeFileSync(join(state, 'triggers', file), '{"schedules": [');
  await expect(fired.claimTime('x', new Date())).rejects.toMatchObject({ code: 'state/unusable' });
});
