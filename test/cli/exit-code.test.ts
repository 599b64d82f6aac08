import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { type ErrorCode, InternalError, LockstepError } from '../../src/errors.ts';

/** What scripts rely on: one code of each family. */
const PROMISED: readonly (readonly [ErrorCode, number])[] = [
  ['usage/invalid', 2],
  ['definition/unknown', 1],
  ['group/unknown', 1],
  ['run/not-approved', 1],
  ['prompt/declined', 1],
  ['value/invalid', 1],
  ['secret/ungranted', 1],
  ['project/not-found', 3],
  ['project/untrusted', 3],
  ['identity/locked', 3],
  ['vault/tampered', 3],
  ['lock/held', 3],
  ['state/unusable', 3],
  ['file/unreadable', 3],
  ['terminal/needed', 3],
];

test.each(PROMISED)('%s ends with exit code %i', (code, expected) => {
  expect(exitCodeOf(new LockstepError(code, ''))).toBe(expected);
});

test('a cancelled command ends with 130, and a bug with 4', () => {
  expect(exitCodeOf(new DOMException('', 'AbortError'))).toBe(130);
  for (const bug of [new InternalError(''), new TypeError(''), 'text', undefined]) expect(exitCodeOf(bug)).toBe(4);
});
