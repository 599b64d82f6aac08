import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRepository, findPhrases, PHRASES } from '../scripts/check-english.ts';

const found = (path: string, text: string) => findPhrases(path, text).map((hit) => hit.found);

describe('check-english', () => {
  test.each(PHRASES)('finds $pattern', ({ pattern, plain, example }) => {
    expect(findPhrases('a.md', example), pattern).toMatchObject([{ line: 1, plain }]);
  });

  test('reads strings, templates and comments of TypeScript, and no code', () => {
    const code = [
      'const goes = on;',
      "const a = 'it goes on';",
      'const b = `${{ a: `it went',
      'on` }}`;',
      '// as it',
      '// stands',
    ];
    expect(findPhrases('a.ts', code.join('\n')).map(({ line, column, found }) => [line, column, found])).toEqual([
      [2, 15, 'goes on'],
      [3, 23, 'went on'],
      [5, 4, 'as it stands'],
    ]);
  });

  test('does not take a regular expression for a comment', () => {
    expect(found('a.ts', "const a = /[/*]'/; // goes on")).toEqual(['goes on']);
    expect(found('a.ts', "const a = b / 2; const c = 'goes on';")).toEqual(['goes on']);
  });

  test('reads the descriptions of a JSON file', () => {
    expect(found('a.json', '{ "goes on": 1, "description": "what goes on" }')).toEqual(['goes on']);
  });

  test('reads Markdown without its code', () => {
    expect(found('a.md', 'It `goes on`.\n\n```\ngoes on\n```\n\nIt goes\non.\n')).toEqual(['goes on']);
  });

  test('finds nothing in the repository', () => {
    expect(checkRepository(join(import.meta.dirname, '..'))).toEqual([]);
  });
});
