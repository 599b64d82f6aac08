import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/definition/model/catalog.ts';
import { readDefinitions } from '../../src/definition/reading/parse-file.ts';
import { translateKubiya } from '../../src/kubiya/translate.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import { planReport } from '../../src/plan/plan-report.ts';
import { parseDocuments } from '../../src/text/document.ts';
import { printYaml } from '../../src/text/format.ts';
import { hasErrors } from '../../src/text/problem.ts';
import { SourceFile } from '../../src/text/source.ts';
import { problemsOf } from './read.ts';

/** `SEED=7 RUNS=20000 vitest run test/definition/kubiya.test.ts` looks further. */
const PARAMETERS = { seed: Number(process.env.SEED ?? 20_261_125), numRuns: Number(process.env.RUNS ?? 300) };

function sourceOf(text: string): SourceFile {
  return new SourceFile('tools/a.yaml', text);
}

/** As `convert` writes it. */
function converted(source: SourceFile): string {
  const roots = parseDocuments(source).documents.flatMap((document) => translateKubiya(document)?.roots ?? []);
  return roots.map(printYaml).join('---\n');
}

/** What each tool would do, and what a pinned grant of it would name. */
function plansOf({ tools }: Catalog): unknown {
  const world = { tools, facts: null, files: () => [] };
  return [...tools.values()].map((tool) => {
    const { problems: _, ...plan } = planReport(makePlan({ tool, given: {}, argsMayBeMissing: true }, world));
    return { plan, written: tool.written };
  });
}

const name = fc.constantFrom(
  'a',
  'b_c',
  'name',
  'aws-account-id',
  'PATH',
  'env',
  'http_proxy',
  'A',
  'constructor',
  'two words',
  '',
);
const text = fc.oneof(
  fc.constantFrom(
    'echo',
    '\n  #!/bin/bash\n  echo "{{ .a }}"\n',
    '#!/usr/bin/env python3 -u\n',
    '{{if .a}}x{{else}}{{end',
    "'",
    '"',
    '${{ x',
    'true',
    '12',
    '~',
    '- a',
    'a: b',
    '# c',
    ' ',
    '\t\n',
    'a\r\nb',
    '$a ${b_c}',
  ),
  fc.string({ maxLength: 12, unit: 'binary' }),
);
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.oneof(text, name, fc.constant(null), fc.boolean(), fc.integer({ min: -2, max: 70_000 })),
    fc.array(tie('anything'), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(name, fc.constantFrom('name', 'content', 'destination', 'source', 'path')),
      tie('anything'),
      { maxKeys: 3 },
    ),
  ),
}));

/** @param odd how often something else stands in its place, out of a hundred */
function shapesOf(odd: number) {
  const mostly = (good: fc.Arbitrary<unknown>) =>
    fc.oneof({ arbitrary: good, weight: 100 - odd }, { arbitrary: anything, weight: odd });
  const record = (model: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[]) =>
    fc.record(Object.fromEntries(Object.entries(model).map(([key, one]) => [key, mostly(one)])), { requiredKeys });
  const declaration = {
    type: fc.constantFrom('str', 'string', 'int', 'integer', 'bool', 'boolean', 'date', null),
    description: text,
    required: fc.boolean(),
    default: fc.constantFrom('x', '5', 'true', '', null, 5, false),
    options: fc.constantFrom(null, ['x', 'y'], []),
  };
  const word = odd === 0 ? fc.constantFrom('a', 'b_c', 'aws-account-id', 'PATH', 'env') : name;
  const args = fc.oneof(
    fc.uniqueArray(record({ ...declaration, name: word }, ['name']), {
      maxLength: 3,
      selector: (one) => JSON.stringify(Reflect.get(Object(one), 'name')),
    }),
    fc.dictionary(word, fc.oneof(record(declaration, []), fc.constant(null)), { maxKeys: 3 }),
  );
  const script = odd === 0 ? text.filter((one) => one.trim() !== '' && !one.includes('{{')) : text;
  const tool = record(
    {
      name: fc.constantFrom('one', 'two_three', 'four-5', ...(odd === 0 ? [] : ['Bad Name'])),
      description: text,
      type: fc.constantFrom('docker', 'python', 'bash', 'function'),
      image: fc.constantFrom('alpine:3', 'registry.example/x'),
      content: script,
      args,
      env: fc.subarray(['AWS_PROFILE', 'API_TOKEN', 'HOME', 'LD_PRELOAD', 'a']),
      secrets: fc.subarray(['GITHUB_PAT', 'TLS_CERT']),
      with_files: fc.subarray([
        { destination: '/a', content: 'x\n\n' },
        { destination: '/b', source: '/c' },
      ]),
      with_volumes: fc.constantFrom([], [{ name: 'v', path: '/v' }]),
      with_services: fc.constantFrom([], [{ name: 'db', image: 'i', exposed_ports: [1], env: { A: 'b' } }]),
      dependencies: fc.constantFrom(null, 'requests\n# no\nboto3==1\n', ['x']),
      entrypoint: fc.constantFrom([], ['/bin/sh', '-c']),
      on_build: fc.constantFrom(null, 'pip install x\n'),
      long_running: fc.boolean(),
      metadata: anything,
    },
    ['name', 'content'],
  );
  const step = record(
    {
      name: fc.constantFrom('s', 't', 'u-v'),
      command: script,
      image: fc.constantFrom('', 'alpine:3'),
      depends: fc.subarray(['s', 't']),
      output: fc.constantFrom('OUT', 'a', ''),
      executor: fc.oneof(
        fc.constantFrom({ type: 'command', config: {} }, { type: 'agent', config: { message: 'x' } }, 'docker'),
        tool.map((one) => ({ type: 'tool', config: { tool_def: one, args: { a: '${OUT}', new: 1 } } })),
      ),
      retryPolicy: fc.constantFrom({ limit: 2, intervalSec: 1 }, { limit: '0' }),
      continueOn: fc.constantFrom({ failure: true }, true),
      timeout: fc.constantFrom(5, '5m', 0.5),
      env: fc.constantFrom({}, { A: '$OUT' }),
    },
    ['name', 'command'],
  );
  const workflow = record(
    {
      name: fc.constantFrom('flow', 'flow_2'),
      type: fc.constantFrom('chain', 'graph'),
      params: fc.oneof(fc.dictionary(word, text, { maxKeys: 2 }), fc.constantFrom('A=1 B="x y"', ['A=1', { B: 2 }])),
      env: fc.constantFrom({ A: '$a' }, { API_TOKEN: '${API_TOKEN}', REGION: '${REGION}' }, ['X=1']),
      steps: fc.array(step, { minLength: 1, maxLength: 4 }),
      handlerOn: fc.constantFrom({}, { failure: { command: 'echo' }, exit: { command: 'true' } }),
    },
    ['name', 'steps'],
  );
  const agent = record(
    {
      name: fc.constantFrom('agent'),
      ai_instructions: text,
      tools: fc.constantFrom(['one'], ['two_*']),
      secrets: fc.constantFrom(['GITHUB_PAT']),
      environment_variables: fc.dictionary(fc.constantFrom('A', 'LANG'), text),
    },
    ['ai_instructions'],
  );
  const document = fc.oneof(
    {
      arbitrary: fc
        .uniqueArray(tool, {
          minLength: 1,
          maxLength: 3,
          selector: (one) => JSON.stringify(Reflect.get(Object(one), 'name')),
        })
        .map((tools) => ({ tools })),
      weight: 4,
    },
    { arbitrary: workflow, weight: 3 },
    { arbitrary: agent, weight: 1 },
  );
  return {
    tools: tool.map((one) => JSON.stringify({ tools: [one] })),
    document: document.map((one) => JSON.stringify(one)),
  };
}

describe(`Kubiya's documents (seed ${PARAMETERS.seed}, ${PARAMETERS.numRuns} runs each)`, () => {
  test('every well-formed tool is valid, and its native form has the same plan and the same digest', () => {
    fc.assert(
      fc.property(shapesOf(0).tools, (text) => {
        const source = sourceOf(text);
        const catalog = readDefinitions([source]);
        const faults = problemsOf(catalog).filter(
          ({ code, severity }) => severity === 'error' && code !== 'schema/args',
        );
        expect(faults.map(({ message }) => message)).toEqual([]);
        expect(catalog.tools.size).toBe(1);
        const native = readDefinitions([sourceOf(converted(source))]);
        expect(plansOf(native)).toEqual(plansOf(catalog));
      }),
      PARAMETERS,
    );
  });

  test('no document throws, a valid one converts into a valid one, and no generated program breaks', () => {
    let sound = 0;
    fc.assert(
      fc.property(fc.oneof(shapesOf(0).document, shapesOf(8).document), (text) => {
        const source = sourceOf(text);
        const catalog = readDefinitions([source]);
        const problems = problemsOf(catalog);
        for (const one of problems) expect(one.message).not.toMatch(/undefined|\[object|NaN\b/);
        const plans = plansOf(catalog);
        if (hasErrors(problems)) return;
        sound++;
        const native = readDefinitions([sourceOf(converted(source))]);
        expect(
          problemsOf(native)
            .filter(({ severity }) => severity === 'error')
            .map(({ message }) => message),
        ).toEqual([]);
        expect(plansOf(native)).toEqual(plans);
      }),
      PARAMETERS,
    );
    expect(sound).toBeGreaterThan(PARAMETERS.numRuns / 10);
  });

  test('the same holds for each golden file', () => {
    const folder = join(import.meta.dirname, 'ok');
    const files = readdirSync(folder).filter((file) => /^kubiya.*\.yaml$/.test(file));
    expect(files.length).toBeGreaterThanOrEqual(4);
    for (const file of files) {
      const source = sourceOf(readFileSync(join(folder, file), 'utf8'));
      expect(plansOf(readDefinitions([sourceOf(converted(source))]))).toEqual(plansOf(readDefinitions([source])));
    }
  });
});
