import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import { problemPages } from '../../../src/cli/problem-pages.ts';
import { githubText } from '../../../src/cli/render/github.ts';
import { sarifLog } from '../../../src/cli/render/sarif.ts';
import { readDefinitions } from '../../../src/definition/reading/parse-file.ts';
import { allProblems } from '../../../src/definition/rules/index.ts';
import { type Problem, problem } from '../../../src/text/problem.ts';
import { SourceFile } from '../../../src/text/source.ts';

/** Letters of several bytes stand before what is blamed, and one of two UTF-16 units; there is a related place, and one over two lines. */
const SOURCE = new SourceFile(
  'tools/größe 100%,a:b.yaml',
  `kind: tool
name: a
description: 𝒟ö
steps:
  - {id: "ü𝒟", run: 'true', run: 'false'}
---
kind: tool
name: a
steps: [{id: b, run: 'true', shell: [x,
  y]}]
---
kind: tool
name: b
steps: [{id: b, run: 'true', needs: [c]}]
`,
);

function written(): Problem[] {
  const catalog = readDefinitions([SOURCE]);
  return allProblems({ catalog, secretNames: null, fileFaults: new Map() });
}

const HOSTILE =
  '\r\n::error::gotcha\u2028::add-mask::x %0A [here](https://example.com) \u202e\u0007,title=x:y ##[error]z';

function hostile(): Problem[] {
  const source = new SourceFile(`tools/${HOSTILE.replaceAll('/', '')}.yaml`, `a${HOSTILE}\nb`);
  const at = { source, range: { start: 1, end: source.text.length } };
  return [
    problem('schema/value', HOSTILE, { at, hint: HOSTILE, related: [{ message: HOSTILE, at }], severity: 'warning' }),
    problem('args/missing', HOSTILE),
  ];
}

describe('sarif', () => {
  const schema = import.meta.resolve('@microsoft/jest-sarif');
  // It says draft-04, whose `id` is `$id` now; of what has changed since it uses nothing else.
  const { $schema, id, ...official } = JSON.parse(
    readFileSync(new URL('schemas/sarif-2.1.0-rtm.5.json', schema), 'utf8'),
  );
  const ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true });
  formats.default(ajv);
  const validate = ajv.compile(official);

  test.each([
    ['three problems', 3, written()],
    ['hostile ones', 2, hostile()],
    ['none', 0, []],
  ])('of %s is valid by the official schema', (_, count, problems) => {
    expect(problems).toHaveLength(count);
    const log = JSON.parse(JSON.stringify(sarifLog(problems, '', problemPages())));
    validate(log);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('the schema would refuse another shape', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });

  test('regions cut out what is blamed, from a relative, encoded URI', () => {
    const { runs } = sarifLog(written(), 'infra/', new Map());
    const places = (runs[0]?.results ?? []).map(({ ruleId, ruleIndex, level, locations, relatedLocations }) => {
      expect(runs[0]?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      const all = [...(locations ?? []), ...(relatedLocations ?? [])].map(({ physicalLocation: place }) => {
        expect(place.artifactLocation.uri).toBe('infra/tools/gr%C3%B6%C3%9Fe%20100%25%2Ca%3Ab.yaml');
        const { startLine, startColumn, endLine, endColumn } = place.region;
        const lines = SOURCE.text.split('\n').slice(startLine - 1, endLine);
        const last = lines.pop() ?? '';
        return [...lines, last.slice(0, endColumn - 1)].join('\n').slice(startColumn - 1);
      });
      return [level, ruleId, ...all];
    });
    expect(places).toEqual([
      ['error', 'yaml/duplicate-key', 'run', 'run'],
      ['error', 'schema/type', '[x,\n  y]'],
      ['error', 'reference/unknown-step', 'c'],
    ]);
    expect(runs[0]?.columnKind).toBe('utf16CodeUnits');
  });

  test('texts hold no link and no control character that a file has brought', () => {
    const text = JSON.stringify(sarifLog(hostile(), '', new Map()));
    expect(text).not.toContain('](');
    expect(text).not.toMatch(/(?<!\\)\\u0007|\u202e/);
  });
});

describe('github', () => {
  test('one command a problem, with its place', () => {
    expect(githubText(written(), 'infra/')).toBe(
      [
        '::error file=infra/tools/größe 100%25%2Ca%3Ab.yaml,line=5,endLine=5,col=30,endColumn=33,title=yaml/duplicate-key::the key "run" appears twice in one mapping%0Ainfra/tools/größe 100%25,a:b.yaml:5:17: the first one is here%0Ahint: remove one of the two',
        '::error file=infra/tools/größe 100%25%2Ca%3Ab.yaml,line=9,endLine=10,title=schema/type::"shell" has to be text, not a list%0Ahint: for example: bash',
        '::error file=infra/tools/größe 100%25%2Ca%3Ab.yaml,line=14,endLine=14,col=38,endColumn=39,title=reference/unknown-step::there is no step "c" in b%0Ahint: remove it: this is the first step',
        '',
      ].join('\n'),
    );
  });

  test('no text begins a command or a property of its own', () => {
    const printed = githubText(hostile(), '');
    expect(printed.split(/[\r\n]/)).toHaveLength(3);
    for (const line of printed.trimEnd().split('\n')) {
      const [, properties = ''] = /^::(?:warning|error) (.*?)::/s.exec(line) ?? [];
      const names = properties.split(',').map((one) => one.split('=')[0]);
      expect([['file', 'line', 'endLine', 'title'], ['title']]).toContainEqual(names);
    }
  });
});
