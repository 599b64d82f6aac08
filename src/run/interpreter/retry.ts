import type { Retry } from '../../definition/model/tool.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import { LONGEST_TIMER_MS, monotonicMs, msSince } from '../../util/timing.ts';
import type { Attempt } from '../attempt.ts';
import type { RunInput } from '../context/run-input.ts';
import type { RunResources } from '../context/run-resources.ts';
import type { ItemCounts } from '../event.ts';

/** The result of a step's work. */
export interface Worked {
  readonly ended: Attempt;
  /** The attempts that started; one that is cancelled while it waits has not. */
  readonly attempts: number;
  /** From the beginning of the first to the end of the last. */
  readonly durationMs: number;
  readonly items?: ItemCounts;
}

/**
 * Attempts until one succeeds, or none is left, or the run is cancelled.
 * @param attempt calls `begin` when it has waited for all that it waits for, and begins
 */
export async function withRetries(
  planned: PlannedStep,
  { scheduler, emit }: Pick<RunResources, 'scheduler' | 'emit'>,
  { cancel, kill }: Pick<RunInput, 'cancel' | 'kill'>,
  attempt: (name: string, begin: (worker?: string) => void) => Promise<Attempt>,
): Promise<Worked> {
  let began: number | undefined;
  for (let nth = 1; ; nth++) {
    const begin = (worker?: string) => {
      began ??= monotonicMs();
      const where = worker !== undefined && { worker };
      void emit({ type: 'step-started', step: planned.stepPath, attempt: nth, ...where });
    };
    const name = `${planned.stepPath}#${nth}`;
    const ended = await attempt(name, begin);
    // By what the backend answered, which does not do again what it remembers: nothing begins then.
    const attempts = 'begun' in ended ? nth - 1 : nth;
    const worked = () => ({ ended, attempts, durationMs: began === undefined ? 0 : msSince(began) });
    const delayMs = cancel.aborted ? null : delayBeforeNext(planned.step.retry, ended, nth);
    if (ended.status !== 'failed' || delayMs === null) return worked();
    const { reason } = ended;
    void emit({ type: 'step-retrying', step: planned.stepPath, attempt: nth + 1, delayMs, reason });
    await scheduler.sleep(`${name}~`, delayMs, [cancel, kill]);
    if (cancel.aborted) return worked();
  }
}

/**
 * Null where there is no further attempt: expressions are deterministic and a denied approval is final, so neither is
 * retried.
 */
function delayBeforeNext(retry: Retry | undefined, ended: Attempt, attempts: number): number | null {
  if (ended.status !== 'failed' || retry === undefined || attempts > retry.limit) return null;
  if (['expression', 'arguments', 'not-approved'].includes(ended.reason.why)) return null;
  const { delayMs, backoff, maxDelayMs } = retry;
  return Math.min(delayMs * backoff ** (attempts - 1), maxDelayMs ?? Infinity, LONGEST_TIMER_MS);
}
