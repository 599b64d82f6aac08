import { LockstepError } from '../../errors.ts';
import { type GivenArguments, givenNames } from '../../plan/arguments.ts';
import type { Plan } from '../../plan/plan.ts';
import { holdsMasked, masksOfValues, numbersAmong } from '../../run/step/masks.ts';
import type { SecretValue } from '../../vault/secret-value.ts';

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
