import type { StepReport } from '../run/event.ts';
import type { FormerApproval } from './former-approvals.ts';
import type { JournalHeader } from './journal.ts';
import type { JournaledRun, StepAnswer } from './read-journal.ts';
import { type RunSummary, summaryOf } from './run-summary.ts';

/** The JSON of `runs show`. */
export interface RunDetails extends Omit<RunSummary, 'steps'> {
  /** Names of arguments that were not recorded. */
  readonly withheld: readonly string[];
  /** The repository's state from which a server started it. */
  readonly snapshot?: NonNullable<JournalHeader['snapshot']>;
  readonly retries?: { readonly run: string; readonly from?: string };
  readonly steps: readonly StepReport[];
  readonly outputs: Readonly<Record<string, string>>;
  /** The outline of its plan; absent where it is not on record. */
  readonly plan?: NonNullable<JournalHeader['plan']>;
  /** The outputs of each step, without the sensitive ones. */
  readonly stepOutputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Who approved or refused which step, and why. */
  readonly answers: readonly StepAnswer[];
  /** When its waiting steps were approved last, in other runs of the tool. */
  readonly approvedBefore: readonly FormerApproval[];
  /** Steps that have started and not ended; if the run was interrupted, no one knows what they did. */
  readonly underWay: readonly string[];
}

export function runDetails(run: JournaledRun, now: Date, approvedBefore: readonly FormerApproval[] = []): RunDetails {
  const { steps: _, ...summary } = summaryOf(run, now);
  const { withheld, retries, snapshot, plan } = run.header;
  const recorded = [...run.recorded.values()];
  const steps = recorded.map(({ report }) => report);
  const outputs = run.report?.outputs ?? {};
  const stepOutputs = Object.fromEntries(
    recorded.filter((one) => Object.keys(one.outputs).length > 0).map((one) => [one.report.id, one.outputs]),
  );
  const answers = run.answers.map(({ step, approved, by, reason }) => ({
    step,
    approved,
    by,
    ...(reason && { reason }),
  }));
  const { underWay } = run;
  return {
    ...summary,
    withheld,
    ...(snapshot && { snapshot }),
    ...(retries && { retries }),
    steps,
    outputs,
    ...(plan && { plan }),
    stepOutputs,
    answers,
    approvedBefore,
    underWay,
  };
}
