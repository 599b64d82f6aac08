import { LockstepError } from '../../errors.ts';
import type { Redactor } from '../../masking/redactor.ts';

const LONGEST = 1_000;

/** @throws LockstepError `value/invalid` for a key that cannot stand in a variable and on one line */
export function requireIdempotencyKey(key: string | undefined): void {
  if (key === undefined || (key.length > 0 && key.length <= LONGEST && !/[\p{Cc}\p{Cs}]/u.test(key))) return;
  throw new LockstepError('value/invalid', 'the idempotency key is empty, too long or not printable', [
    `give 1 to ${LONGEST} characters without control characters, such as the name of the job`,
  ]);
}

/** The key stands in the journal. @throws LockstepError `value/invalid` where it holds a secret value */
export function requireNothingMasked(
  key: string | undefined,
  redactor: Redactor,
  what: 'idempotency key' | 'key' | 'dedupe key' = 'idempotency key',
): void {
  if (key === undefined || redactor.text(key) === key) return;
  throw new LockstepError('value/invalid', `the ${what} holds a secret value or a sensitive argument`, [
    'make it from names and numbers that anyone may read, such as the name of the job',
  ]);
}
