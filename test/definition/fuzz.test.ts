import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { agentToolFor } from '../../src/definition/model/agent-tools.ts';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { planReport } from '../../src/plan/plan-report.ts';
import { printProblem } from '../../src/text/excerpt.ts';
import { hasErrors } from '../../src/text/problem.ts';
import { problemReport } from '../../src/text/problem-report.ts';
import { EXAMPLE, mutated, PIECES } from './nearly-definitions.ts';
import { adviceOf, catalogOf, problemsOf } from './read.ts';

/** `npm run test:long` takes 200,000; `SEED=7 RUNS=20000 vitest run test/definition/fuzz.test.ts` looks elsewhere. */
const RUNS = Number(process.env.RUNS ?? (process.env.LONG ? 67_000 : 300));
const PARAMETERS = { seed: Number(process.env.SEED ?? 20_261_123), numRuns: RUNS };

beforeAll(loadPatternEngine);

/** The whole road from text to plan. What is wrong is returned; nothing is thrown, and what is said can be shown. */
function travel(text: string): { tools: number; errors: boolean } {
  const catalog = catalogOf(text);
  const problems = problemsOf(catalog);
  for (const one of [...problems, ...adviceOf(catalog)]) {
    const { file, line = 0, column = 0 } = problemReport(one);
    expect(file).toBe('tools/a.yaml');
    expect(line * column).toBeGreaterThan(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what may not be there
    expect(printProblem(one)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    expect(one.message).not.toMatch(/undefined|\[object|NaN\b/);
  }
  const facts = { group: 'dev', pinned: false, secrets: new Map() };
  for (const tool of catalog.tools.values()) {
    const world = { tools: catalog.tools, facts, files: () => [] };
    const given = { texts: new Map([['a', '1']]), values: { b: null } };
    const plan = makePlan({ tool, given, argsMayBeMissing: true }, world);
    expect(JSON.stringify(planReport(plan))).toBe(
      JSON.stringify(planReport(makePlan({ tool, given, argsMayBeMissing: true }, world))),
    );
    for (const agent of catalog.agents.values()) {
      makePlan({ tool, agent, given: {}, argsMayBeMissing: false }, world);
      agentToolFor(agent, tool.name);
    }
  }
  return { tools: catalog.tools.size, errors: hasErrors(problems) };
}

/** Definitions by grammar: the right keys, in right and in wrong places, with right and with wrong values. */
const name = fc.constantFrom(
  'a',
  'b',
  'c',
  'constructor',
  'toString',
  '__proto__',
  'valueOf',
  'A',
  'x-y',
  '1',
  '',
  'args',
);
const expression = fc.constantFrom(
  'args.a',
  'args.b.c',
  'args',
  'env.a',
  'env.constructor',
  'steps.a.outputs.b',
  'steps.b.status',
  'steps.__proto__.outputs',
  "args['a'] == 'b'",
  'success()',
  'failure() || always()',
  "fromJSON('[1]')",
  'toJSON(args)',
  'args.*',
  'args[args.a]',
  '(',
  ')',
  "'",
  'x(',
  'args.',
  '!',
  '1',
  'contains(1)',
  "format('{0}{', 1)",
);
const templated = fc.oneof(
  expression.map((one) => `\${{ ${one} }}`),
  fc.tuple(name, expression).map(([a, b]) => `${a} \${{ ${b} }} ${a}`),
);
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.oneof(
      name,
      templated,
      fc.constant(null),
      fc.boolean(),
      fc.integer({ min: -2, max: 70_000 }),
      fc.constantFrom('5m', '^(a+)+$', '(', '*', 'string', 'integer', 'object'),
    ),
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        name,
        fc.constantFrom(
          'name',
          'type',
          'default',
          'required',
          'items',
          'properties',
          'pattern',
          'limit',
          'run',
          'uses',
        ),
      ),
      tie('anything'),
      { maxKeys: 3 },
    ),
  ),
}));
const mostly = (good: fc.Arbitrary<unknown>) =>
  fc.oneof({ arbitrary: good, weight: 6 }, { arbitrary: anything, weight: 1 });
const step = fc.record(
  {
    id: mostly(name),
    run: mostly(fc.constant('echo')),
    uses: mostly(name),
    with: mostly(fc.dictionary(name, anything, { maxKeys: 2 })),
    needs: mostly(fc.array(name, { maxLength: 2 })),
    if: mostly(fc.oneof(expression, templated, fc.boolean())),
    env: mostly(fc.dictionary(name, templated, { maxKeys: 2 })),
    secrets: mostly(fc.array(name, { maxLength: 2 })),
    workdir: mostly(templated),
    timeout: mostly(fc.constant('5s')),
    retry: mostly(fc.constant({ limit: 1 })),
    outputs: mostly(fc.array(name, { maxLength: 2 })),
    output: mostly(fc.constant('json')),
    continueOnError: mostly(fc.boolean()),
  },
  { requiredKeys: [] },
);
const tool = fc.record(
  {
    kind: mostly(fc.constant('tool')),
    name: mostly(name),
    args: mostly(fc.dictionary(name, anything, { maxKeys: 3 })),
    secrets: mostly(fc.array(fc.oneof(name, anything), { maxLength: 3 })),
    env: mostly(fc.dictionary(name, templated, { maxKeys: 3 })),
    outputs: mostly(fc.dictionary(name, templated, { maxKeys: 2 })),
    image: mostly(templated),
    timeout: mostly(fc.constant('5m')),
    files: mostly(fc.array(name, { maxLength: 2 })),
    steps: mostly(fc.array(mostly(step), { minLength: 1, maxLength: 5 })),
  },
  { requiredKeys: ['kind', 'name', 'steps'] },
);
const agent = fc.record(
  {
    kind: fc.constant('agent'),
    name: mostly(name),
    tools: mostly(
      fc.array(fc.oneof(name, fc.constantFrom('*', 'a?', '**b'), anything), { minLength: 1, maxLength: 3 }),
    ),
    secrets: mostly(fc.array(name, { maxLength: 2 })),
    env: mostly(fc.dictionary(name, name, { maxKeys: 2 })),
    maxTurns: mostly(fc.integer({ min: 0, max: 3 })),
  },
  { requiredKeys: ['kind', 'name', 'tools'] },
);
const repository = fc
  .array(fc.oneof({ arbitrary: tool, weight: 4 }, { arbitrary: agent, weight: 1 }), { minLength: 1, maxLength: 5 })
  .map((documents) => documents.map((one) => JSON.stringify(one)).join('\n---\n'));

describe(`no text crashes the way from text to plan (seed ${PARAMETERS.seed}, ${PARAMETERS.numRuns} runs each)`, {
  timeout: 30_000 + RUNS * 20,
}, () => {
  test('bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((all) => Buffer.from(all.join(''))),
    );
    fc.assert(
      fc.property(bytes, (all) => void travel(new TextDecoder().decode(all))),
      PARAMETERS,
    );
  });

  test('a valid file with pieces cut out and inserted', () => {
    let planned = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        if (travel(text).tools > 0) planned++;
      }),
      PARAMETERS,
    );
    expect(planned).toBeGreaterThan(PARAMETERS.numRuns / 20);
  });

  test('documents generated from a grammar', () => {
    let planned = 0;
    fc.assert(
      fc.property(repository, (text) => {
        if (travel(text).tools > 0) planned++;
      }),
      PARAMETERS,
    );
    expect(planned).toBeGreaterThan(PARAMETERS.numRuns / 2);
  });

  test('the example itself is valid', () => {
    expect(problemsOf(catalogOf(EXAMPLE)).map((one) => one.message)).toEqual([]);
  });
});
