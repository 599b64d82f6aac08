import { expect, test } from 'vitest';
import { wantsColor } from '../../src/cli/context.ts';

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: 'dumb' }, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
  [false, { FORCE_COLOR: '1' }, true],
  [false, { FORCE_COLOR: '' }, true],
  [true, { FORCE_COLOR: '0' }, false],
])('on a terminal: %s, with %j: colour %s', (terminal, env, expected) => {
  expect(wantsColor(env, terminal)).toBe(expected);
});
