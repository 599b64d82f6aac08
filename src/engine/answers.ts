import { appendFileSync, readFileSync } from 'node:fs';
import { LockstepError, systemReason } from '../errors.ts';
import type { Given, Question } from '../run/execution-backend.ts';

/** A person's answer to a question of a run, given outside it by `runs approve`. One JSON object a line, appended. */
export interface GivenAnswer extends Given, Pick<Question, 'step' | 'nth' | 'about'> {}

/** @throws LockstepError `state/unusable` */
export function giveAnswer(path: string, answer: GivenAnswer): void {
  try {
    appendFileSync(path, `${JSON.stringify(answer)}\n`, { mode: 0o600 });
  } catch (error) {
    throw new LockstepError(
      'state/unusable',
      `${path} cannot be written (${systemReason(error)})`,
      ['make the state folder writable, or name another one in LOCKSTEP_STATE_DIR'],
      error,
    );
  }
}

/** The first answer to the question counts; undefined if there is none yet. Skips lines that are not answers. */
export function findAnswer(path: string, { step, nth, about }: Question): GivenAnswer | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const lines = text.split('\n').slice(0, -1);
  const answers = lines.flatMap((line) => parse(line) ?? []);
  return answers.find((one) => one.step === step && one.nth === nth && one.about === about);
}

function parse(line: string): GivenAnswer | undefined {
  try {
    const { step, nth, about, approved, by, reason } = JSON.parse(line) as Readonly<Record<string, unknown>>;
    if (typeof step !== 'string' || typeof nth !== 'number' || typeof approved !== 'boolean') return undefined;
    return { step, nth, about: String(about), approved, by: String(by), ...(typeof reason === 'string' && { reason }) };
  } catch {
    return undefined;
  }
}
