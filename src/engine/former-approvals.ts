import type { JournaledRun } from './read-journal.ts';

/** The last approval of a step that waits now. */
export interface FormerApproval {
  /** Empty for the run as a whole. */
  readonly step: string;
  readonly by: string;
  /** The run in which it was approved. */
  readonly run: string;
  /** When that run started, ISO 8601. */
  readonly started: string;
  /** Whether what runs has changed since: the definitions of the tool, its scripts and its files. */
  readonly changed: boolean;
}

/** One for each waiting step that was approved in another run of the tool. @param others of the repository, newest first */
export function formerApprovals({ header, waiting }: JournaledRun, others: readonly JournaledRun[]): FormerApproval[] {
  const { run, tool, digest } = header;
  const former = others.filter((one) => one.header.tool === tool && one.header.run !== run);
  return waiting.flatMap(({ step }) => {
    for (const { header: other, answers, started } of former) {
      const given = answers.findLast((one) => one.step === step && one.approved);
      const changed = other.digest === null || other.digest !== digest;
      if (given !== undefined) return [{ step, by: given.by, run: other.run, started, changed }];
    }
    return [];
  });
}
