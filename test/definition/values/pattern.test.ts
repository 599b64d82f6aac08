import { beforeAll, describe, expect, test } from 'vitest';
import { compilePattern, loadPatternEngine } from '../../../src/definition/values/pattern.ts';

beforeAll(loadPatternEngine);

/** Each makes a backtracking engine try exponentially or polynomially many ways. `%` is what it repeats. */
const FAMILIES = [
  '^(%+)+$',
  '^(%*)*$',
  '^(%|%)*$',
  '^(%|%%)+$',
  '(.*%){12}$',
  '^(%+)*[0-9]$',
  '(%+%+)+y',
  '^((%+)+)+$',
  '^(%?){25}%{25}$',
  '%*%*%*%*%*%*y',
] as const;
const PIECES = ['a', '[a-z]', '\\w', '[^!]', '(?:a)', '.', 'a?a', '(?:a|b)', '[ab]', '\\S'] as const;
const HOSTILE = FAMILIES.flatMap((family) => PIECES.map((piece) => family.replaceAll('%', piece)));

/** Long enough that 2^n and n^6 never end, short enough for n. */
const LONG = `${'a'.repeat(3_000)}!`;
const SHORT = ['', 'a', 'aa', 'ab', 'aay', 'a1', 'aaaaa!', 'y', '!'];

describe('a pattern', () => {
  test('there are a hundred hostile ones', () => expect(new Set(HOSTILE).size).toBe(100));

  test.each(HOSTILE)('%s ends in time, and means the same as elsewhere', (text) => {
    const pattern = compilePattern(text);
    expect(pattern).toBeDefined();
    expect(typeof pattern?.test(LONG)).toBe('boolean');
    for (const value of SHORT) expect([value, pattern?.test(value)]).toEqual([value, new RegExp(text).test(value)]);
  });

  test.each([
    ['counts that multiply', 'a{1000}{1000}{1000}'],
    ['counts of counts', '((a{100}){100}){100}'],
    ['two thousand groups within each other', `${'('.repeat(2_000)}a${')'.repeat(2_000)}`],
  ])('of %s is refused', (_, text) => {
    expect(compilePattern(text)).toBeUndefined();
  });

  test.each([
    ['a hundred thousand letters', 'a'.repeat(100_000), false],
    ['twenty thousand classes', '[a-z]'.repeat(20_000), false],
    ['twenty thousand repetitions', 'x*'.repeat(20_000), true],
  ])('of %s is matched in time', (_, text, found) => {
    expect(compilePattern(text)?.test(LONG)).toBe(found);
  });
});
