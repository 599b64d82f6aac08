import { LockstepError } from '../errors.ts';
import { withLock } from '../util/lock.ts';
import type { EndReason } from './event.ts';
import type { Worked } from './retry.ts';
import type { RunContext } from './run-context.ts';

/** The end of a step that never started. */
export interface Ended {
  readonly status: 'skipped' | 'cancelled' | 'failed';
  readonly exitCode: null;
  readonly reason: EndReason;
}

export interface NotStarted {
  readonly ended: Ended;
  readonly attempts: 0;
}

/** Does a step's work while no other step of that lock is at it, in this run or another; waits as long as that takes. */
export async function withStepLock(
  name: string,
  step: string,
  context: RunContext,
  cancel: AbortSignal,
  work: () => Promise<Worked | NotStarted>,
): Promise<Worked | NotStarted> {
  const onWait = () => void context.emit({ type: 'notice', step, message: `waits for the lock "${name}"` });
  try {
    return await withLock(context.lockPath(name), { waitSeconds: Infinity, signal: cancel, onWait }, work);
  } catch (error) {
    if (cancel.aborted) return notStarted('cancelled', { why: 'cancelled' });
    if (error instanceof LockstepError) return notStarted('failed', { why: 'not-started', detail: error.message });
    throw error;
  }
}

function notStarted(status: Ended['status'], reason: EndReason): NotStarted {
  return { ended: { status, exitCode: null, reason }, attempts: 0 };
}
