import { describe, expect, test } from 'vitest';
import {
  EvaluationError,
  type Expression,
  parseExpression,
  type Scope,
} from '../../../src/definition/expressions/expression.ts';
import {
  asText,
  parseCondition,
  parseTemplateData,
  renderData,
  renderText,
  type Template,
} from '../../../src/definition/expressions/template.ts';
import { writtenValue } from '../../../src/definition/expressions/written-text.ts';
import type { JsonValue, ScalarNode } from '../../../src/text/node.ts';
import type { Problem } from '../../../src/text/problem.ts';
import { SourceFile } from '../../../src/text/source.ts';

const SCOPE: Scope = {
  args: {
    repo: 'acme/site',
    dryRun: false,
    count: 3,
    ratio: 0.5,
    nothing: null,
    tags: ['a', 'b'],
    size: { w: 1, unit: { name: 'px' } },
    constructor: 'not a function',
    toString: 'nor this',
    'dry-run': true,
  },
  env: { LOG: 'info', toString: 'env' },
  steps: {
    collect: {
      outputs: { notes: 'a "b"\nc', json: '{"x":[1,2]}', constructor: 'out' },
      status: 'succeeded',
      isComplete: false,
    },
    toString: { outputs: {}, status: 'skipped', isComplete: false },
  },
  status: { success: true, failure: false, always: true, cancelled: false },
};

function scalar(text: string): { node: ScalarNode; source: SourceFile } {
  return {
    node: { kind: 'scalar', value: text, text, range: { start: 0, end: text.length } },
    source: new SourceFile('tools/a.yaml', text),
  };
}

function expressionOf(text: string): Expression {
  const { node, source } = scalar(text);
  const read = parseExpression(writtenValue(node, source));
  if ('code' in read) throw new Error(read.message);
  return read;
}

function value(text: string): JsonValue {
  return expressionOf(text).evaluate(SCOPE);
}

function template(text: string): { template: Template; problems: Problem[] } {
  const problems: Problem[] = [];
  const { node, source } = scalar(text);
  return { template: parseTemplateData(node, source, problems, 'x') as Template, problems };
}

describe('an expression', () => {
  const evaluations: [string, JsonValue][] = [
    ['args.repo', 'acme/site'],
    ['args.count', 3],
    ['args.ratio', 0.5],
    ['args.dryRun', false],
    ['args.nothing', null],
    ['args.tags', ['a', 'b']],
    ['args.size', { w: 1, unit: { name: 'px' } }],
    ['args.size.unit.name', 'px'],
    ["args['dry-run']", true],
    ['args.dry-run', true],
    ['args.tags[1]', 'b'],
    ['args.tags[2]', null],
    ['args.none', null],
    ['args.none.deeper.still', null],
    ['args.repo.length', null],
    ['args.tags.length', null],
    ['args.size.*', [1, { name: 'px' }]],
    ["'text'", 'text'],
    ["'it''s ''two'' quotes'", "it's 'two' quotes"],
    ["''", ''],
    ["'}}'", '}}'],
    ['1', 1],
    ['-1.5e1', -15],
    ['0xff', 255],
    ['true', true],
    ['null', null],
    ['!args.dryRun', true],
    ['!args.nothing', true],
    ["!''", true],
    ["!'false'", false],
    ['args.count > 2 && args.count <= 3', true],
    ["args.repo == 'ACME/Site'", true],
    ["args.count == '3'", true],
    ["args.dryRun && 'a' || 'b'", 'b'],
    ["args.count && 'a' || 'b'", 'a'],
    ['(1 == 2) != true', true],
    ["contains(args.tags, 'B')", true],
    ["contains(args.repo, 'site')", true],
    ["startsWith(args.repo, 'ac')", true],
    ["endsWith(args.repo, 'ac')", false],
    ["format('{0}-{1}-{{2}}', args.count, args.repo)", '3-acme/site-{2}'],
    ["join(args.tags, '+')", 'a+b'],
    ['toJSON(args.tags)', '[\n  "a",\n  "b"\n]'],
    ['fromJSON(steps.collect.outputs.json).x[1]', 2],
    ['fromJSON(\'[1, {"a": null}]\')', [1, { a: null }]],
    ["case(args.dryRun, 'dry', args.count == 3, 'three', 'other')", 'three'],
    ['steps.collect.outputs.notes', 'a "b"\nc'],
    ['steps.collect.status', 'succeeded'],
    ['env.LOG', 'info'],
    ['success()', true],
    ['failure() || cancelled()', false],
    ['ALWAYS()', true],
    ['TOJSON(1)', '1'],
  ];

  test.each(evaluations)('%s is %j', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test.each([
    ['args.constructor', 'not a function'],
    ['args.toString', 'nor this'],
    ['args.valueOf', null],
    ['args.__proto__', null],
    ['args.hasOwnProperty', null],
    ['env.toString', 'env'],
    ['env.constructor', null],
    ['steps.toString.status', 'skipped'],
    ['steps.constructor', null],
    ['steps.collect.outputs.constructor', 'out'],
    ['steps.collect.outputs.toString', null],
    ['fromJSON(\'{"__proto__": 1}\').__proto__', 1],
    ['fromJSON(\'{"a": 1}\').constructor', null],
    ['fromJSON(\'{"constructor": {"toString": 2}}\').constructor.toString', 2],
    ['toJSON(fromJSON(\'{"__proto__": [], "valueOf": 1}\'))', '{\n  "__proto__": [],\n  "valueOf": 1\n}'],
  ])('%s is the value given under that name, or nothing', (text, expected) => {
    expect(value(text)).toEqual(expected);
  });

  test('lists the references in it, with their positions', () => {
    const expression = expressionOf("args.a.b && steps[args.c].outputs || env['X'] != steps.d.* && 'args.no'");
    expect(expression.references.map(({ path }) => path)).toEqual([
      ['args', 'a', 'b'],
      ['args', 'c'],
      ['steps'],
      ['env', 'X'],
      ['steps', 'd'],
    ]);
    const written = expression.references.map((one) => {
      const { source, range } = expression.place(one);
      return source.text.slice(range.start, range.end);
    });
    expect(written).toEqual(['args.a.b', 'args.c', 'steps', "env['X']", 'steps.d']);
  });

  test('lists each call of a function on the run', () => {
    const { statusFunctions } = expressionOf('Success() || failure() && success()');
    expect(statusFunctions.map(({ name }) => name)).toEqual(['success', 'failure', 'success']);
  });

  test.each(['success(1)', 'contains(1)', 'constructor()', 'toString()', '__proto__()', 'args.x()', 'hashFiles(1)'])(
    '%s cannot be read',
    (text) => {
      const { node, source } = scalar(text);
      expect(parseExpression(writtenValue(node, source))).toHaveProperty('code');
    },
  );

  test.each(["format('{9}', steps.collect.outputs.notes)", "format('{', args.repo)"])(
    '%s fails without quoting a value',
    (text) => {
      const failure = failureOf(() => value(text));
      expect(failure).toBeInstanceOf(EvaluationError);
      expect(failure.message).toBe(`the expression \${{ ${text} }} cannot be evaluated`);
      expect(failure.cause).toBeUndefined();
    },
  );

  test.each([
    ["fromJSON('{SECRET')", 'fromJSON() was given what is not JSON'],
    ['fromJSON(steps.collect.outputs.notes)', 'fromJSON() was given what is not JSON'],
    [
      "fromJSON('[9007199254740993]')",
      'fromJSON() was given a number that would lose digits: it has to be text, in quotes (line 1, column 2)',
    ],
  ])('%s fails with a reason and without quoting a value', (text, reason) => {
    expect(failureOf(() => value(text)).message).toBe(`the expression \${{ ${text} }} cannot be evaluated: ${reason}`);
  });

  test('keys that differ only in case are two keys; a single key is found in any case', () => {
    expect(value(`toJSON(fromJSON('{"a": 1, "A": 2}'))`)).toBe('{\n  "a": 1,\n  "A": 2\n}');
    expect(value(`fromJSON('{"a": 1, "A": 2}').A`)).toBe(2);
    expect(value(`fromJSON('{"Key": 1}').key`)).toBe(1);
  });

  test('has limits of depth and length', () => {
    expect(() => expressionOf(`${'('.repeat(10)}1${')'.repeat(10)}`)).not.toThrow();
    expect(() => expressionOf(`${'('.repeat(10_000)}1${')'.repeat(10_000)}`)).toThrow(/nested too deep/);
    expect(() => expressionOf(`${'!'.repeat(10_000)}true`)).toThrow(/nested too deep/);
    expect(() => expressionOf(`'${'x'.repeat(30_000)}'`)).toThrow(/too long/);
    expect(() => expressionOf(`args${'.a'.repeat(40)}`)).not.toThrow();
    expect(() => expressionOf(`args${'.a'.repeat(5_000)}`)).toThrow(/nested too deep/);
    expect(() => value(`fromJSON('${'['.repeat(9_000)}${']'.repeat(9_000)}')`)).toThrow(EvaluationError);
  });
});

function failureOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it did not fail');
}

describe('a template', () => {
  test.each([
    ['plain', 'plain'],
    ['', ''],
    ['$ {{ x }} {{ y }} $x', '$ {{ x }} {{ y }} $x'],
    ['${{ args.count }}', 3],
    ['${{ args.dryRun }}', false],
    ['${{ args.nothing }}', null],
    ['${{ args.tags }}', ['a', 'b']],
    ['${{args.size}}', { w: 1, unit: { name: 'px' } }],
    [' ${{ args.count }}', ' 3'],
    ['${{ args.count }}${{ args.count }}', '33'],
    ['a ${{ args.tags }} b', 'a ["a","b"] b'],
    ['${{ args.size }}\n', '{"w":1,"unit":{"name":"px"}}\n'],
    ['<${{ args.nothing }}>', '<>'],
    ["${{ '}}' }}", '}}'],
    ["a${{ '}}''${{' }}b", "a}}'${{b"],
    ['}}${{ args.count }}}}', '}}3}}'],
    ['${{ args.ratio }}%', '0.5%'],
  ] as [string, JsonValue][])('%j gives %j', (text, expected) => {
    const read = template(text);
    expect(read.problems).toEqual([]);
    expect(renderData(read.template, SCOPE)).toEqual(expected);
    expect(renderText(read.template, SCOPE)).toBe(asText(expected));
  });

  test.each(['${{ args.count', '${{', "${{ 'a }}", 'a ${{ b ${{ args.count }}'])('%j is refused', (text) => {
    expect(template(text).problems.map((one) => one.code)).toContain('expression/syntax');
  });

  test('a condition is one expression, bare or not', () => {
    const read = (text: string) => {
      const problems: Problem[] = [];
      const { node, source } = scalar(text);
      const condition = parseCondition(node, source, problems);
      return problems.length > 0 ? problems.map((one) => one.message) : condition?.evaluate(SCOPE);
    };
    expect(read('args.count == 3')).toBe(true);
    expect(read('${{ args.count == 3 }}')).toBe(true);
    expect(read('!args.dryRun')).toBe(true);
    for (const text of ['${{ true }} ', '!${{ true }}', '${{ true }}${{ true }}', 'a ${{ true }}'])
      expect(read(text), text).toEqual(['a condition is one expression and nothing around it']);
    expect(read('')).toEqual(['the expression is empty']);
    expect(read('${{ }}')).toEqual(['the expression is empty']);
  });
});

test.each([
  ['x', 'x'],
  [null, ''],
  [true, 'true'],
  [0, '0'],
  [1e21, '1e+21'],
  [[1, 'a', null], '[1,"a",null]'],
  [{ a: { b: [] } }, '{"a":{"b":[]}}'],
] as [JsonValue, string][])('%j becomes %j in text', (one, text) => {
  expect(asText(one)).toBe(text);
});
