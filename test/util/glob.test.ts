import { expect, test } from 'vitest';
import { matchesPath, parseGlob } from '../../src/util/glob.ts';

test.each([
  ['package.json', 'package.json', true],
  ['package.json', 'web/package.json', false],
  ['docs', 'docs/a/b.md', true],
  ['docs', 'docs2/a', false],
  ['docs/**', 'docs/a/b.md', true],
  ['**/*.lock', 'a.lock', true],
  ['**/*.lock', 'a/b/c.lock', true],
  ['**/*.lock', 'a/b/c.json', false],
  ['**', 'anything/at/all', true],
  ['a/**/z.txt', 'a/z.txt', true],
  ['a/**/z.txt', 'a/b/c/z.txt', true],
  ['a/**/b/**/z', 'a/b/x/b/y/z', true],
  ['{docs,web}/*.json', 'web/x.json', true],
  ['*', '.env', false],
])('the pattern %s and the path %s: %s', (pattern, path, matches) => {
  const alternatives = parseGlob(pattern) ?? [];
  expect(alternatives.some((parts) => matchesPath(parts, path.split('/')))).toBe(matches);
});

test('a pattern with many `**` is matched in bounded time', () => {
  const [parts = []] = parseGlob(`${'**/a/'.repeat(50)}z`) ?? [];
  expect(
    matchesPath(
      parts,
      Array.from({ length: 2000 }, () => 'a'),
    ),
  ).toBe(false);
});
