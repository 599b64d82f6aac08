import { describe, expect, test } from 'vitest';
import type { Expression } from '../../../src/definition/expressions/expression.ts';
import type { RunStep } from '../../../src/definition/model/tool.ts';
import { catalogOf, toolNamed } from '../read.ts';

/** The source text of each reference of the step's variable E, which is written as `value`. */
function referencesIn(value: string): string[] {
  const text = `kind: tool\nname: a\nargs: {repo: {}, b: {}}\nsteps:\n  - run: x\n    env:\n      E: ${value}\n      F: x\n`;
  const catalog = catalogOf(text);
  expect(catalog.problems.map((one) => one.message)).toEqual([]);
  const [step] = toolNamed(catalog, 'a').steps as [RunStep];
  const parts = step.env.get('E')?.parts ?? [];
  const expressions = parts.filter((part): part is Expression => typeof part !== 'string');
  return expressions.flatMap((expression) =>
    expression.references.map((reference) => {
      const { source, range } = expression.place(reference);
      return source.text.slice(range.start, range.end);
    }),
  );
}

describe('a reference is found in the source, however the value is written', () => {
  test.each([
    ['plain', '${{ args.repo }}', ['args.repo']],
    ['plain with text around', "a ${{ args.repo == 'x' }} b ${{ args.b }}", ['args.repo', 'args.b']],
    ['single quotes', "'it''s ${{ args.repo == ''it''''s'' && args.b }}'", ['args.repo', 'args.b']],
    ['double quotes', '"\\"a\\" ${{ args.repo }}\\n${{ args.b }}"', ['args.repo', 'args.b']],
    ['double quotes with escapes before', '"\\u00e9\\t\\\\ ${{ args.repo }}"', ['args.repo']],
    ['a literal block', '|\n        one ${{ args.repo }}\n          two ${{ args.b }}', ['args.repo', 'args.b']],
    ['a folded block', '>-\n        one\n        ${{ args.repo &&\n        args.b }}', ['args.repo', 'args.b']],
    ['plain over lines', 'one\n        ${{ args.repo\n        && args.b }}', ['args.repo', 'args.b']],
    ['a comment behind it', '${{ args.repo }} # ${{ args.b }}', ['args.repo']],
    ['texts that look like it', "${{ 'args.repo' != args.repo }}", ['args.repo']],
    ['blanks within', '${{ args . repo }}', ['args . repo']],
    ['within brackets', '${{ fromJSON(args.b)[args.repo] }}', ['args.repo', 'args.b']],
    ['brackets', "${{ args['repo'] }}", ["args['repo']"]],
  ])('%s', (_, value, references) => {
    expect(referencesIn(value)).toEqual(references);
  });

  test('the whole expression is the place where escapes make its parts uncertain', () => {
    expect(referencesIn('"${{ \\u0061rgs.repo }}"')).toEqual(['"${{ \\u0061rgs.repo }}"']);
  });
});
