import type { Retry } from '../definition/tool.ts';
import type { PlannedStep } from '../plan/plan.ts';
import type { ItemCounts } from './event.ts';
import type { RunContext } from './run-context.ts';
import type { Attempt } from './run-step.ts';

/** What a step's work came to, all attempts counted. */
export interface Worked {
  readonly ended: Attempt;
  readonly attempts: number;
  readonly items?: ItemCounts;
}

/** Attempts until one succeeds, or none is left, or the run is cancelled. */
export async function withRetries(
  planned: PlannedStep,
  context: RunContext,
  cancel: AbortSignal,
  attempt: (name: string) => Promise<Attempt>,
): Promise<Worked> {
  for (let attempts = 1; ; attempts++) {
    void context.emit({ type: 'step-started', step: planned.path, attempt: attempts });
    const name = `${planned.path}#${attempts}`;
    const ended = await attempt(name);
    const delayMs = cancel.aborted ? null : delayBeforeNext(planned.step.retry, ended, attempts);
    if (ended.status !== 'failed' || delayMs === null) return { ended, attempts };
    const { reason } = ended;
    void context.emit({ type: 'step-retrying', step: planned.path, attempt: attempts + 1, delayMs, reason });
    await context.turns.sleep(`${name}~`, delayMs, [cancel, context.kill]);
    if (cancel.aborted) return { ended, attempts };
  }
}

/** Null where there is no further attempt: what an expression comes to would come to the same again, and a no is a no. */
function delayBeforeNext(retry: Retry | undefined, ended: Attempt, attempts: number): number | null {
  if (ended.status !== 'failed' || retry === undefined || attempts > retry.limit) return null;
  if (['expression', 'arguments', 'not-approved'].includes(ended.reason.why)) return null;
  const { delayMs, backoff, maxDelayMs } = retry;
  return Math.min(delayMs * backoff ** (attempts - 1), maxDelayMs ?? Infinity, 2 ** 31 - 1);
}
