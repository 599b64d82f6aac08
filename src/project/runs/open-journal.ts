import { JOURNAL_FORMAT, type Journal, type JournalHeader } from '../../engine/journal.ts';
import type { Redactor } from '../../masking/redactor.ts';
import { givenNames } from '../../plan/arguments.ts';
import { planOutline } from '../../plan/plan-report.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import { holdsMasked } from '../../run/step/masks.ts';
import { stampOfThisProcess } from '../../util/process-stamp.ts';
import { userOf } from '../repository/user.ts';
import type { Launch } from './launch.ts';
import { openRecorded, sealsOf, sensitiveValues } from './sealed-outputs.ts';

/** A run's journal, and the finished steps that the run begins with. */
export interface OpenJournal {
  readonly journal: Journal;
  readonly recorded: ReadonlyMap<string, StepRecord>;
}

/**
 * Starts a run's journal, or continues it.
 * @param redactor masks from here on the sensitive outputs of earlier steps
 * @param withheld what no argument on record may hold besides what is masked
 */
export async function openJournal(
  launch: Launch,
  redactor: Redactor,
  withheld: readonly Uint8Array[],
): Promise<OpenJournal> {
  const { repository, past, start, home = repository.runs } = launch;
  const { salt, seal, former } = await sealsOf(launch);
  const recorded = openRecorded(past?.recorded ?? new Map(), former);
  redactor.add(sensitiveValues(recorded));
  const isNew = past?.continues === undefined;
  const journal = isNew ? home.begin(start.id) : home.reopen(start.id);
  journal.opened(journalHeader(launch, redactor.with(withheld), salt), seal);
  if (isNew) for (const one of recorded.values()) journal.ended(one);
  return { journal, recorded };
}

/**
 * Withholds arguments that contain a secret, like those declared sensitive; a default applies again when the run is
 * resumed.
 */
function journalHeader(launch: Launch, redactor: Redactor, seal: string | undefined): JournalHeader {
  const { repository, env, prepared, options, past, start } = launch;
  const { plan, digest } = prepared;
  const { tool, agent, group } = plan;
  const { on, timeoutMs, idempotencyKey } = options;
  const given = givenNames(options);
  const kept = Object.entries(plan.args).filter(
    ([name, value]) => tool.args.get(name)?.sensitive !== true && !holdsMasked(value, redactor),
  );
  return {
    format: JOURNAL_FORMAT,
    run: start.id,
    tool: tool.name,
    ...(agent && { agent: agent.name }),
    by: options.by ?? userOf(env),
    group,
    ...(on !== undefined && { on }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    args: Object.fromEntries(kept),
    withheld: Object.keys(plan.args).filter((name) => given.has(name) && !kept.some(([one]) => one === name)),
    digest: digest ?? null,
    ...(repository.mark && { snapshot: repository.mark }),
    plan: planOutline(plan),
    root: repository.root,
    owner: stampOfThisProcess(),
    ...(seal !== undefined && { seal }),
    ...(past?.withChanges && { withChanges: true }),
    ...(past?.retries && { retries: past.retries }),
  };
}
