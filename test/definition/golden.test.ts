import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Catalog } from '../../src/definition/model/catalog.ts';
import { withoutIgnored } from '../../src/definition/reading/ignore-comments.ts';
import { readDefinitions } from '../../src/definition/reading/parse-file.ts';
import { ADVICE, allProblems, RULES } from '../../src/definition/rules/index.ts';
import type { RuleContext } from '../../src/definition/rules/rule.ts';
import { loadCron } from '../../src/definition/values/cron.ts';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { MARK_VARIABLE } from '../../src/names.ts';
import { MACHINE_VARIABLES, makePlan, STEP_VARIABLES } from '../../src/plan/make-plan.ts';
import { type PlanStepReport, planReport } from '../../src/plan/plan-report.ts';
import { withoutConsequences } from '../../src/project/checking/consequences.ts';
import { printProblem } from '../../src/text/excerpt.ts';
import { PROBLEM_CODES, type Problem, sortedProblems } from '../../src/text/problem.ts';
import { SourceFile } from '../../src/text/source.ts';
import './read.ts';

await loadPatternEngine();
await loadCron();

/**
 * Golden pairs. NAME.yaml is all that a repository holds under tools/; its first comment lines may say
 *   # secrets: A B           the names that the vault holds (else DEFAULT_SECRETS)
 *   # no vault
 *   # missing: TOOL FILE     an entry of `files:` that matches nothing
 *   # advice                 what `check` advises is asked for too, and what comments ignore is left out
 * err/NAME.out is what `check` prints; ok/NAME.yaml prints nothing, and NAME.out is the plan of each of its tools.
 * err/NAME.fixed.yaml is NAME.yaml after doing what its hints say and nothing else: no problem is left.
 * UPDATE=1 writes the .out files anew: read what it wrote.
 */
const DEFAULT_SECRETS = ['GITHUB_PAT', 'SLACK_BOT', 'TLS_CERT', 'DEPLOY_KEY'];

const FIXED = '.fixed.yaml';

const OF_EVERY_STEP = new Set<string>([...MACHINE_VARIABLES, ...STEP_VARIABLES, MARK_VARIABLE]);

describe('err: what check prints', () => {
  test.each(namesIn('err'))('%s', (name) => {
    const problems = problemsOf('err', name);
    expect(problems).not.toBe('');
    expectGolden('err', name, problems);
  });
});

describe('err: following every hint fixes the problems and makes no new one', () => {
  test.each(filesIn('err', FIXED))('%s', (name) => {
    const left = problemsIn('err', `${name}.fixed`);
    expect(printed(left.filter(({ severity }) => severity !== 'note'))).toBe('');
    expect(notesAmong(problemsIn('err', name))).toEqual(expect.arrayContaining(notesAmong(left)));
  });
});

test('every err file has its fixed file', () => {
  expect(filesIn('err', FIXED)).toEqual(namesIn('err'));
});

describe('ok: no problem, and the plan', () => {
  test.each(namesIn('ok'))('%s', (name) => {
    expect(problemsOf('ok', name)).toBe('');
    expectGolden('ok', name, plansOf(read('ok', name).catalog));
  });
});

test('the ok files use every key that the schemas have', () => {
  const written = namesIn('ok')
    .map((name) => read('ok', name).text)
    .join('\n');
  for (const schema of ['tool', 'agent']) {
    const text = readFileSync(join(import.meta.dirname, `../../schemas/${schema}.schema.json`), 'utf8');
    const keys = propertiesWithin(JSON.parse(text));
    expect(keys.length).toBeGreaterThan(8);
    expect(keys.filter((key) => !new RegExp(`\\b${key}"?:`).test(written))).toEqual([]);
  }
});

/** Found outside of one file's text: by reading it from disk, by planning, by looking at the vault or the machine. */
const FOUND_ELSEWHERE =
  /^(yaml\/(?:unreadable|layout)|reference\/(?:too-many|unknown-group)|style\/un(?:listed|mentioned|passed|written)-.*|args\/template|secret\/(?!unknown$|unchecked$).*|run\/.*)$/;

test('the err files show every problem that check can find in a text', () => {
  const outs = namesIn('err')
    .map((name) => readFileSync(pathOf('err', `${name}.out`), 'utf8'))
    .join('\n');
  const missing = Object.keys(PROBLEM_CODES).filter((code) => !outs.includes(`[${code}]`));
  expect(missing.filter((code) => !FOUND_ELSEWHERE.test(code))).toEqual([]);
});

test('there are enough ok and err files, and each .out has its .yaml', () => {
  expect(namesIn('err').length).toBeGreaterThanOrEqual(95);
  expect(namesIn('ok').length).toBeGreaterThanOrEqual(4);
  for (const folder of ['ok', 'err'])
    expect(filesIn(folder, '.out').filter((name) => !namesIn(folder).includes(name))).toEqual([]);
});

function problemsOf(folder: string, name: string): string {
  return printed(problemsIn(folder, name));
}

function printed(problems: readonly Problem[]): string {
  return problems.map((one) => `${printProblem(one)}\n`).join('\n');
}

function notesAmong(problems: readonly Problem[]): string[] {
  return problems.filter(({ severity }) => severity === 'note').map(({ code }) => code);
}

function problemsIn(folder: string, name: string): Problem[] {
  const { text, catalog } = read(folder, name);
  const context = { catalog, secretNames: secretNames(text), fileFaults: fileFaults(text) };
  const isAdvised = /^# advice$/m.test(text);
  const found = withoutConsequences(allProblems(context, isAdvised ? [...RULES, ...ADVICE] : RULES), catalog);
  return isAdvised ? sortedProblems(withoutIgnored(found, sourcesOf(catalog))) : found;
}

function sourcesOf({ tools, agents }: Catalog): SourceFile[] {
  return [...new Set([...tools.values(), ...agents.values()].map(({ source }) => source))];
}

/** One line a step: `id <- needs: executor, condition, variables, secrets`. */
function plansOf({ tools }: Catalog): string {
  const world = { tools, facts: null, files: () => [] };
  const plans = [...tools.values()].map((tool) =>
    planReport(makePlan({ tool, given: {}, argsMayBeMissing: true }, world)),
  );
  const lines = plans.flatMap((plan) => [
    [plan.tool, ...(plan.undecided.length > 0 ? [`(undecided: ${plan.undecided.join(' ')})`] : [])].join(' '),
    ...plan.steps.map(stepLine),
  ]);
  return `${lines.join('\n')}\n`;
}

function stepLine({ id, needs, executor, image, network, condition, env, secrets }: PlanStepReport): string {
  const own = env.filter((name) => !OF_EVERY_STEP.has(name));
  const carried = secrets.map((one) => (one.name === one.env ? one.name : `${one.env}=${one.name}`));
  const where = [executor, image ?? '', network === 'none' ? 'without network' : ''].filter((word) => word !== '');
  return [
    `  ${id}${needs.length > 0 ? ` <- ${needs.join(' ')}` : ''}: ${where.join(' ')}, ${condition}`,
    ...(own.length > 0 ? [`env ${own.join(' ')}`] : []),
    ...(carried.length > 0 ? [`secrets ${carried.join(' ')}`] : []),
  ].join(', ');
}

function read(folder: string, name: string): { text: string; catalog: Catalog } {
  const text = readFileSync(pathOf(folder, `${name}.yaml`), 'utf8');
  return { text, catalog: readDefinitions([new SourceFile(`tools/${name}.yaml`, text)]) };
}

function secretNames(text: string): ReadonlySet<string> | null {
  if (/^# no vault$/m.test(text)) return null;
  const [, listed] = /^# secrets: (.*)$/m.exec(text) ?? [];
  return new Set(listed?.split(' ') ?? DEFAULT_SECRETS);
}

function fileFaults(text: string): RuleContext['fileFaults'] {
  const missing = [...text.matchAll(/^# missing: (\S+) (\S+)$/gm)];
  return new Map(
    missing.map(([, tool = '', file = '']) => [tool, new Map([[file, 'matches no file of the repository']])]),
  );
}

/** The keys of every `properties` in a schema. */
function propertiesWithin(schema: unknown): string[] {
  if (schema === null || typeof schema !== 'object') return [];
  return Object.entries(schema).flatMap(([key, value]) => [
    ...(key === 'properties' && !('$ref' in value) && !('type' in value && typeof value.type === 'string')
      ? Object.keys(value)
      : []),
    ...(key === 'examples' ? [] : propertiesWithin(value)),
  ]);
}

function expectGolden(folder: string, name: string, actual: string): void {
  const path = pathOf(folder, `${name}.out`);
  if (process.env.UPDATE === '1') writeFileSync(path, actual);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}

function namesIn(folder: string): string[] {
  return filesIn(folder, '.yaml').filter((name) => !name.endsWith('.fixed'));
}

function filesIn(folder: string, ending: string): string[] {
  return readdirSync(pathOf(folder))
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
    .sort();
}

function pathOf(folder: string, file = ''): string {
  return join(import.meta.dirname, folder, file);
}
