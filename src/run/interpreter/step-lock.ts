import type { DeterministicScheduler } from '../deterministic-scheduler.ts';
import type { EndReason } from '../event.ts';
import type { Worked } from './retry.ts';

/** The end of a step that never started. */
export interface NotRun {
  readonly status: 'skipped' | 'cancelled' | 'failed';
  readonly exitCode: null;
  readonly reason: EndReason;
}

export interface UnstartedStep {
  readonly ended: NotRun;
  readonly attempts: 0;
  readonly durationMs: 0;
}

/** The lock that a step wants, and what ends its wait. */
export interface WantedLock {
  readonly name: string;
  readonly step: string;
  readonly until: AbortSignal;
}

/** Runs a step while no other step of that lock is running, in this run or another; waits as long as necessary. */
export async function withStepLock(
  scheduler: DeterministicScheduler,
  { name, step, until }: WantedLock,
  work: () => Promise<Worked | UnstartedStep>,
): Promise<Worked | UnstartedStep> {
  const lock = await scheduler.lock(name, step, until);
  if (lock === 'cancelled') return unstartedStep('cancelled', { why: 'cancelled' });
  if ('fault' in lock) return unstartedStep('failed', { why: 'not-started', detail: lock.fault });
  try {
    return await work();
  } finally {
    lock.release();
  }
}

export function unstartedStep(status: NotRun['status'], reason: EndReason): UnstartedStep {
  return { ended: { status, exitCode: null, reason }, attempts: 0, durationMs: 0 };
}
