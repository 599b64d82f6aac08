import type { EndReason } from './event.ts';

/** How one attempt of a step ended. `outputs` are masked, except the sensitive ones. */
export type Attempt =
  | { readonly status: 'succeeded'; readonly exitCode: number; readonly outputs: Readonly<Record<string, string>> }
  | {
      readonly status: 'failed' | 'cancelled';
      readonly exitCode: number | null;
      readonly reason: EndReason;
      /** The step was cancelled while it waited for its turn. */
      readonly begun?: false;
    };

/** The end of an attempt that was cancelled before it began. */
export const NEVER_BEGUN: Attempt = { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' }, begun: false };

export function notStarted(detail: string): Attempt {
  return { status: 'failed', exitCode: null, reason: { why: 'not-started', detail } };
}
