import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CLEANUP_MS, TimeLimit } from '../../src/run/time-limit.ts';
import { Workshop } from '../rig/workshop.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'hrtime'] }));
afterEach(() => void vi.useRealTimers());

describe('a time limit', () => {
  const never = new AbortController().signal;

  test('ends its work, and after a grace period the steps that run although the time is over', () => {
    const limit = new TimeLimit(1000, never);
    vi.advanceTimersByTime(999);
    expect([limit.expired, limit.signal.aborted]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect([limit.expired, limit.signal.aborted, limit.cleanupExpired.aborted]).toEqual([true, true, false]);
    vi.advanceTimersByTime(CLEANUP_MS - 1);
    expect(limit.cleanupExpired.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limit.cleanupExpired.aborted).toBe(true);
  });

  test('that has been cleared ends nothing, before its time and after', () => {
    const [early, late] = [new TimeLimit(1000, never), new TimeLimit(1000, never)];
    early.clear();
    vi.advanceTimersByTime(1000);
    late.clear();
    vi.advanceTimersByTime(10 * CLEANUP_MS);
    expect([early.expired, late.expired, late.cleanupExpired.aborted]).toEqual([false, true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('pauses while a caller holds it', () => {
    const limit = new TimeLimit(1000, never);
    vi.advanceTimersByTime(400);
    const [one, two] = [limit.hold(), limit.hold()];
    vi.advanceTimersByTime(5000);
    one();
    vi.advanceTimersByTime(5000);
    two();
    vi.advanceTimersByTime(599);
    expect(limit.expired).toBe(false);
    vi.advanceTimersByTime(1);
    expect(limit.expired).toBe(true);
  });

  test('also pauses for steps that run although the time is over', () => {
    const limit = new TimeLimit(1000, never);
    vi.advanceTimersByTime(1000);
    const release = limit.hold();
    vi.advanceTimersByTime(2 * CLEANUP_MS);
    expect(limit.cleanupExpired.aborted).toBe(false);
    release();
    vi.advanceTimersByTime(CLEANUP_MS);
    expect(limit.cleanupExpired.aborted).toBe(true);
  });

  test('that expires after a cancel has no effect: the first reason wins', () => {
    const cancel = new AbortController();
    const limit = new TimeLimit(1000, cancel.signal);
    cancel.abort();
    vi.advanceTimersByTime(1000 + CLEANUP_MS);
    expect([limit.expired, limit.signal.aborted, limit.cleanupExpired.aborted]).toEqual([false, true, false]);
  });
});

test('a step that runs although the time is over is ended when it takes too long', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'], shouldAdvanceTime: true });
  using workshop = new Workshop({
    'tools/main.yaml': `timeout: 100ms
steps:
  - {id: work, run: 'sleep 600'}
  - {id: clean, if: always(), run: 'echo cleaning; sleep 600'}
`,
  });
  const run = (await workshop.project()).run('main');
  for await (const event of run) if (event.type === 'output') vi.advanceTimersByTime(CLEANUP_MS);
  const outcome = await run.result();
  const { status, steps } = outcome;
  const reason = 'reason' in outcome ? outcome.reason : undefined;
  expect([status, reason?.why]).toEqual(['failed', 'timeout']);
  expect(steps.map(({ id, status, attempts }) => [id, status, attempts])).toEqual([
    ['work', 'cancelled', 1],
    ['clean', 'cancelled', 1],
  ]);
});
