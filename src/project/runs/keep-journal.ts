import { JOURNAL_FORMAT, type Journal, type JournaledStep, type JournalHeader } from '../../engine/journal.ts';
import type { Redactor } from '../../masking/redactor.ts';
import { givenNames } from '../../plan/arguments.ts';
import type { Answer } from '../../run/execution-backend.ts';
import { maskJson } from '../../run/step/masks.ts';
import { stampOfThisProcess } from '../../util/process-stamp.ts';
import type { RunOptions } from './call-options.ts';
import type { Prepared, Repository } from './prepare.ts';

/** The past of a run that is resumed or retried. */
export interface ResumeState {
  /** The name of the run, if it continues under that name. */
  readonly continues?: { readonly run: string };
  /** The steps that do not run again. */
  readonly recorded: ReadonlyMap<string, JournaledStep>;
  /** The key of the outputs sealed in the journal. */
  readonly seal?: string;
  /** The earlier answers to approvals. */
  readonly answered?: ReadonlyMap<string, Answer>;
  readonly asked?: ReadonlyMap<string, number>;
  /** The definitions may have changed, so approvals are asked again. */
  readonly withChanges?: boolean;
  readonly retries?: NonNullable<JournalHeader['retries']>;
  /** Throws where the tool, by its digest now, is not what it was. */
  check(digest: string | undefined): void;
}

/** Starts a run's journal, or continues it. */
export function keepJournal({ runs }: Repository, run: string, past: ResumeState | undefined): Journal {
  return past?.continues === undefined ? runs.begin(run) : runs.reopen(run);
}

/**
 * Arguments in which a secret stands are withheld as those are that say they are sensitive; a default that was taken will be
 * taken again.
 */
export function journalHeader(
  { root, mark }: Repository,
  { plan, digest }: Prepared,
  options: RunOptions,
  run: string,
  past: ResumeState | undefined,
  redactor: Redactor,
  seal: string | undefined,
): JournalHeader {
  const { tool, agent, group } = plan;
  const { on, timeoutMs } = options;
  const given = givenNames(options);
  const kept = Object.entries(plan.args).filter(
    ([name, value]) =>
      tool.args.get(name)?.sensitive !== true && JSON.stringify(maskJson(value, redactor)) === JSON.stringify(value),
  );
  return {
    format: JOURNAL_FORMAT,
    run,
    tool: tool.name,
    ...(agent && { agent: agent.name }),
    group,
    ...(on !== undefined && { on }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    args: Object.fromEntries(kept),
    withheld: Object.keys(plan.args).filter((name) => given.has(name) && !kept.some(([one]) => one === name)),
    digest: digest ?? null,
    ...(mark && { snapshot: mark }),
    root,
    owner: stampOfThisProcess(),
    ...(seal !== undefined && { seal }),
    ...(past?.withChanges && { withChanges: true }),
    ...(past?.retries && { retries: past.retries }),
  };
}
