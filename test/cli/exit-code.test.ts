import { expect, test } from 'vitest';
import { exitCodeOf } from '../../src/cli/exit-code.ts';
import { ERROR_CODES, type ErrorCode, LockstepError } from '../../src/errors.ts';

test('every error code has one of the documented exit codes', () => {
  for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
    expect([1, 2, 3], code).toContain(exitCodeOf(new LockstepError(code, '')));
  }
});
