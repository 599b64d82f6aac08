import type { StepReport } from '../run/event.ts';
import type { JsonValue } from '../text/node.ts';
import type { JournalHeader } from './journal.ts';
import type { JournaledRun, StepAnswer } from './read-journal.ts';
import { type RunSummary, summaryOf } from './run-summary.ts';

/** The JSON of `runs show`. */
export interface RunDetails extends Omit<RunSummary, 'steps'> {
  readonly args: Readonly<Record<string, JsonValue>>;
  /** Arguments of which nothing was kept. */
  readonly withheld: readonly string[];
  /** The state of the repository that a server started it from. */
  readonly snapshot?: NonNullable<JournalHeader['snapshot']>;
  readonly retries?: { readonly run: string; readonly from?: string };
  readonly steps: readonly StepReport[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Steps that want approval; the step is empty for the run as a whole. */
  readonly waiting: readonly { readonly step: string; readonly question: string }[];
  /** Who approved or refused what, and why. */
  readonly answers: readonly StepAnswer[];
  /** Steps that have started and not ended; of an interrupted run nobody knows what they did. */
  readonly underWay: readonly string[];
}

export function runDetails(run: JournaledRun, now: Date): RunDetails {
  const { steps: _, ...summary } = summaryOf(run, now);
  const { args, withheld, retries, snapshot } = run.header;
  const steps = [...run.recorded.values()].map(({ report }) => report);
  const outputs = run.report?.outputs ?? {};
  const waiting = run.waiting.map(({ step, text }) => ({ step, question: text }));
  const answers = run.answers.map(({ step, approved, by, reason }) => ({
    step,
    approved,
    by,
    ...(reason && { reason }),
  }));
  const { underWay } = run;
  return {
    ...summary,
    args,
    withheld,
    ...(snapshot && { snapshot }),
    ...(retries && { retries }),
    steps,
    outputs,
    waiting,
    answers,
    underWay,
  };
}
