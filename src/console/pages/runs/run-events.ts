import type { StepReport } from '../../generated/answers.ts';

/** The events of a run, as GET /runs/RUN/events sends them; each has its time. */
export type RunEvent = { readonly time: string; readonly words?: string } & (
  | { readonly type: 'run-started'; readonly run: string }
  | { readonly type: 'step-started'; readonly step: string; readonly attempt: number }
  | { readonly type: 'output'; readonly step: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly type: 'step-waiting'; readonly step: string; readonly question: string }
  | {
      readonly type: 'step-answered';
      readonly step: string;
      readonly approved: boolean;
      readonly by: string;
      readonly reason?: string;
    }
  | { readonly type: 'notice'; readonly step: string; readonly message: string }
  | { readonly type: 'step-retrying'; readonly step: string; readonly attempt: number; readonly delayMs: number }
  | { readonly type: 'step-finished'; readonly step: StepReport & { readonly items?: ItemCounts } }
  | { readonly type: 'run-finished'; readonly report: { readonly status: StepReport['status'] } }
);

export interface ItemCounts {
  readonly total: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
}
