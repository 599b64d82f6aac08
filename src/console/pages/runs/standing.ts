import type { RunSummary } from '../../generated/answers.ts';
import type { IconName } from '../../parts/icon.tsx';
import type { StepState } from './run-model.ts';

interface Sign {
  readonly icon: IconName;
  readonly tone: string;
  readonly words: string;
}

/** Each state has a sign of its own shape. Success is quiet: colour is for what needs a person. */
export const SIGNS: Readonly<Record<StepState, Sign>> = {
  pending: { icon: 'pending', tone: 'faint', words: 'not started' },
  running: { icon: 'running', tone: 'accent', words: 'running' },
  waiting: { icon: 'waiting', tone: 'warn', words: 'waits for approval' },
  succeeded: { icon: 'succeeded', tone: 'ok', words: 'succeeded' },
  failed: { icon: 'failed', tone: 'bad', words: 'failed' },
  cancelled: { icon: 'cancelled', tone: 'faint', words: 'cancelled' },
  skipped: { icon: 'skipped', tone: 'faint', words: 'skipped' },
  interrupted: { icon: 'interrupted', tone: 'warn', words: 'interrupted' },
};

export function standingOf({ status, interrupted }: Pick<RunSummary, 'status' | 'interrupted'>): StepState {
  // A run that waits for a worker has not started.
  if (status === 'queued') return 'pending';
  return interrupted ? 'interrupted' : status;
}

export function isUnderWay(state: StepState): boolean {
  return state === 'running' || state === 'waiting' || state === 'pending';
}
