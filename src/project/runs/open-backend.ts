import { findAnswer } from '../../engine/answers.ts';
import type { Journal } from '../../engine/journal.ts';
import { type Approver, LocalBackend, type LocalBackendOptions } from '../../engine/local-backend.ts';
import type { RunBackend } from '../../engine/run-home.ts';
import type { Redactor } from '../../masking/redactor.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import { userOf } from '../repository/user.ts';
import { type Launch, lockPathOf } from './launch.ts';

/** Runs the steps in this process and records them in the journal. */
export function openBackend(
  launch: Launch,
  { journal, recorded }: { readonly journal: Journal; readonly recorded: ReadonlyMap<string, StepRecord> },
  redactor: Redactor,
): RunBackend {
  const { prepared, past, start, home } = launch;
  const options: LocalBackendOptions = {
    tool: prepared.plan.tool.name,
    journal,
    channel: start.channel,
    recorded,
    answered: past?.answered ?? new Map(),
    asked: past?.asked ?? new Map(),
    approver: approverOf(launch),
    mask: (text) => redactor.text(text),
    lockPath: lockPathOf(launch),
  };
  return home?.backend(options) ?? new LocalBackend(options);
}

function approverOf({ repository: { runs }, env, options: { approve, awaitApproval, by }, start }: Launch): Approver {
  const path = runs.answersOf(start.id);
  return {
    ...(approve && { ask: approve }),
    ...((approve || awaitApproval) && { answers: (question) => findAnswer(path, question) }),
    // Asks the system for the user's name only if a person can answer.
    get by() {
      return by ?? userOf(env);
    },
  };
}
