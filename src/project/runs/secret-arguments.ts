import { LockstepError } from '../../errors.ts';
import { type GivenArguments, givenNames } from '../../plan/arguments.ts';
import type { Plan } from '../../plan/plan.ts';
import { holdsMasked, masksOfValues, numbersAmong } from '../../run/step/masks.ts';
import type { SecretValue } from '../../vault/secret-value.ts';

/** Each call tells whether its arguments hold a value: it must not tell it of too many guesses at once. */
const MOST_BYTES = 64 * 1024;

/** @param values how many the arguments are compared with @throws LockstepError `value/invalid` */
export function requireSearchable({ tool, args }: Plan, given: GivenArguments, values: number): void {
  if (values === 0) return;
  const texts = [...givenNames(given)].map((name) => Buffer.byteLength(JSON.stringify(args[name] ?? null)));
  if (texts.reduce((sum, bytes) => sum + bytes, 0) <= MOST_BYTES) return;
  throw new LockstepError('value/invalid', `the arguments of ${tool.name} are larger than ${MOST_BYTES} bytes`, [
    'a tool with secrets takes no larger ones from an agent: give it the name of a file',
  ]);
}

/** The given arguments that contain one of the values, in any form that would be masked. */
export function secretArguments(plan: Plan, given: GivenArguments, values: readonly SecretValue[]): readonly string[] {
  const redactor = masksOfValues(values).with(numbersAmong(values));
  return [...givenNames(given)].filter((name) => {
    const value = plan.args[name];
    return value !== undefined && holdsMasked(value, redactor);
  });
}

export function secretInArguments(tool: string, names: readonly string[]): LockstepError {
  const which = names.map((name) => `"${name}"`).join(' and ');
  const what =
    names.length === 1 ? `the argument ${which} of ${tool} contains` : `the arguments ${which} of ${tool} contain`;
  return new LockstepError('value/invalid', `${what} a secret value; nothing was started`, [
    'leave the value out: the tool gets its secrets from the vault',
  ]);
}
