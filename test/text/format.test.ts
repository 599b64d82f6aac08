import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { parseDocuments } from '../../src/text/document.ts';
import { formatYaml } from '../../src/text/format.ts';
import { toJson } from '../../src/text/node.ts';
import { SourceFile } from '../../src/text/source.ts';

const RUNS = process.env.LONG === undefined ? 500 : 20_000;
const format = (text: string) => formatYaml(new SourceFile('tools/a.yaml', text));
const meaning = (text: string) =>
  parseDocuments(new SourceFile('tools/a.yaml', text)).documents.map(({ root }) => toJson(root));

describe('formatYaml', () => {
  test.each([
    ['indents by two, and lists below their key', 'a:\n    - 1\n    -   2\n', 'a:\n  - 1\n  - 2\n'],
    [
      'keeps comments and the order of keys',
      '# head\n\nb: 1 # why\n# mid\na:   2\n\n# end\n',
      '# head\n\nb: 1 # why\n# mid\na: 2\n\n# end\n',
    ],
    ['keeps one blank line of several', 'a: 1\n\n\n\nb: 2\n', 'a: 1\n\nb: 2\n'],
    ['keeps quotes', `a: "x"\nb: 'y'\nc:   z\n`, `a: "x"\nb: 'y'\nc: z\n`],
    ['keeps numbers as written', 'a:  0x1F\nb: 1e3\nc: 1.50\nd: ~\n', 'a: 0x1F\nb: 1e3\nc: 1.50\nd: ~\n'],
    [
      'keeps a script to the byte',
      'run: |\n      if x; then\n        y  \n      fi\n\n\nz: 1\n',
      'run: |\n  if x; then\n    y  \n  fi\n\nz: 1\n',
    ],
    [
      'keeps brackets on one line, and takes them away over several',
      'a: { b: 1,c: [ 2 ] }\nd: {e: 1,\n  f: [2,\n 3]}\n',
      'a: {b: 1, c: [2]}\nd:\n  e: 1\n  f:\n    - 2\n    - 3\n',
    ],
    ['keeps several documents apart', 'a:  1\n---\nb:  2\n---\n# nothing\n', 'a: 1\n---\nb: 2\n---\n# nothing\n'],
    ['leaves JSON alone', '{"a": 1,\n    "b": [1]}\n', '{"a": 1,\n    "b": [1]}\n'],
    ['ends lines with a line feed, the last one too', 'a:  1\r\nb: 2', 'a: 1\nb: 2\n'],
    ['has nothing to say of nothing', '', ''],
  ])('%s', (_says, before, after) => {
    expect(format(before)).toBe(after);
    expect(format(after)).toBe(after);
  });

  test('reports the problems of an invalid text, and does not format it', () => {
    expect(format('a: [1\nb: 2\n')).toMatchObject([{ code: 'yaml/syntax' }]);
    expect(format('a: &x 1\n')).toMatchObject([{ code: 'yaml/not-plain' }]);
  });

  test('the shipped files are formatted', () => {
    for (const file of globSync(['examples/**/*.yaml']))
      expect([file, format(readFileSync(file, 'utf8'))]).toEqual([file, readFileSync(file, 'utf8')]);
  });

  test('keeps the meaning, and does not change its own output', { timeout: 30_000 + RUNS * 10 }, () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: fc.constantFrom(...'ab #:-{}[]\'"|>\n\t\\é,&*!%@`0.~') }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.constantFrom('run', 'env', 'a b', '#', '1', 'null', 'ü'), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    const options = fc.record({
      indent: fc.integer({ min: 1, max: 8 }),
      indentSeq: fc.boolean(),
      collectionStyle: fc.constantFrom<'any' | 'flow' | 'block'>('any', 'flow', 'block'),
      lineWidth: fc.constantFrom(0, 20, 80),
    });
    let laidOut = 0;
    fc.assert(
      fc.property(value, options, (data, layout) => {
        const text = stringify({ data }, layout);
        const formatted = format(text);
        if (typeof formatted !== 'string') return;
        laidOut += 1;
        expect(meaning(formatted)).toEqual(meaning(text));
        expect(format(formatted)).toBe(formatted);
      }),
      { numRuns: RUNS, seed: 4 },
    );
    expect(laidOut).toBeGreaterThan(RUNS * 0.8);
  });
});
