import type { Journal } from '../../engine/journal.ts';
import { type Approver, LocalBackend } from '../../engine/local-backend.ts';
import type { Redactor } from '../../masking/redactor.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import { userOf } from '../repository/user.ts';
import { type Launch, lockPathOf } from './launch.ts';

/** Runs the steps in this process and records them in the journal. */
export function openBackend(
  launch: Launch,
  { journal, recorded }: { readonly journal: Journal; readonly recorded: ReadonlyMap<string, StepRecord> },
  redactor: Redactor,
): LocalBackend {
  const { prepared, past, start } = launch;
  return new LocalBackend({
    tool: prepared.plan.tool.name,
    journal,
    channel: start.channel,
    recorded,
    answered: past?.answered ?? new Map(),
    asked: past?.asked ?? new Map(),
    approver: approverOf(launch),
    mask: (text) => redactor.text(text),
    lockPath: lockPathOf(launch),
  });
}

function approverOf({ repository: { runs }, env, options: { approve, awaitApproval, by }, start }: Launch): Approver {
  return {
    ...(approve && { ask: approve }),
    ...((approve || awaitApproval) && { answers: runs.answersOf(start.id) }),
    // Asks the system for the user's name only if a person can answer.
    get by() {
      return by ?? userOf(env);
    },
  };
}
