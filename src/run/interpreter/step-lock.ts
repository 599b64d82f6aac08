import type { EndReason } from '../event.ts';
import type { RunContext } from '../run-context.ts';
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

/** Does a step's work while no other step of that lock is at it, in this run or another; waits as long as that takes. */
export async function withStepLock(
  name: string,
  step: string,
  context: RunContext,
  cancel: AbortSignal,
  work: () => Promise<Worked | UnstartedStep>,
): Promise<Worked | UnstartedStep> {
  const lock = await context.scheduler.lock(name, step, cancel);
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
