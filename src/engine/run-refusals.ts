import { LockstepError } from '../errors.ts';
import type { Question } from '../run/execution-backend.ts';
import { didYouMean } from '../text/suggestion.ts';
import type { GivenAnswer } from './answers.ts';
import type { JournaledRun } from './read-journal.ts';

/*
 * What both engines say of a run that is not there, or not in the state that a command wants.
 */

export function unknownRun(name: string, known: readonly string[]): LockstepError {
  const hints = [didYouMean(name, known), 'lockstep runs list'].filter((one) => one !== undefined);
  return new LockstepError('run/unknown', `there is no run "${name}"`, hints);
}

export function ambiguousRun(name: string, found: readonly string[]): LockstepError {
  return new LockstepError('run/unknown', `more than one run begins or ends with "${name}"`, [
    `it is one of: ${found.slice(0, 5).join(', ')}`,
    'lockstep runs list',
  ]);
}

export function noRuns(): LockstepError {
  return new LockstepError('run/unknown', 'this repository has no runs', ['lockstep run TOOL']);
}

export function answeredBefore(run: string, { step, approved, by }: GivenAnswer): LockstepError {
  return new LockstepError(
    'run/not-waiting',
    `${step || 'the call'} of the run ${run} has been ${approved ? 'approved' : 'refused'} by ${by} already`,
    [`lockstep runs show ${run}`, `if no process is running it: lockstep runs resume ${run} --await-approval`],
  );
}

/**
 * The question that a run waits for, whether its process is alive or the run has to be resumed.
 * @param step the step that asks; needed where several wait
 * @throws LockstepError `run/not-waiting`
 */
export function openQuestion({ header: { run }, waiting }: JournaledRun, step: string | undefined): Question {
  const [only, another] = waiting.filter((one) => step === undefined || one.step === step);
  if (only !== undefined && another === undefined) return only;
  const isUnknown = only === undefined && waiting.length > 0;
  const who = isUnknown ? `the step "${step}" of the run ${run}` : `the run ${run}`;
  const what =
    only === undefined ? `${who} is not waiting for approval` : `more than one step of ${who} waits for approval`;
  const hints = waiting.map((one) => `lockstep runs approve ${run} --step ${one.step}`);
  throw new LockstepError('run/not-waiting', what, hints.length > 0 ? hints : [`lockstep runs show ${run}`]);
}
