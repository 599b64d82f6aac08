import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-code.ts';
import { main } from '../../src/cli/main.ts';
import type { Tool } from '../../src/definition/model/tool.ts';
import type { ProblemReport } from '../../src/text/problem-report.ts';
import { mutated } from '../definition/nearly-definitions.ts';
import { Workshop } from '../rig/workshop.ts';
import { recordedContext } from './recorded-context.ts';

/**
 * What `check` calls an error, every other command reports in the same words; what it calls fine, none crashes on. Real
 * commands over a real vault with a pinned group, in this process; steps find no shell, so no script of these files runs.
 */
const RUNS = Number(process.env.RUNS ?? (process.env.LONG ? 3000 : 25));
const PARAMETERS = { seed: Number(process.env.SEED ?? 20_261_129), numRuns: RUNS };
const HERE = import.meta.dirname;
const FILE = 'tools/a.yaml';

let workshop: Workshop;

beforeAll(async () => {
  workshop = await Workshop.open(
    { [FILE]: '', 'lockstep.yaml': 'group: default\n' },
    { A: 'value-of-a', GITHUB_PAT: 'value-of-pat' },
  );
  workshop.env.PATH = join(workshop.place, 'no-programs');
  mkdirSync(workshop.env.PATH);
  const { code } = await lockstep('group', 'add', 'prod', '--pinned');
  expect(code).toBe(EXIT.ok);
});
afterAll(() => workshop[Symbol.dispose]());

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function lockstep(...words: string[]): Promise<Answer> {
  const context = { ...recordedContext(workshop.env), cwd: workshop.root };
  const code = await main(words, context);
  const answer = { code, ...context.printed() };
  expect(answer.code, `${words.join(' ')}: ${answer.stderr}`).not.toBe(EXIT.bug);
  expect(answer.stdout + answer.stderr).not.toContain('a bug in Lockstep');
  return answer;
}

interface Fault {
  readonly line: number;
  readonly column: number;
  /** Its code and its place: a plan has words of its own for why a step cannot get a secret. */
  readonly key: string;
}

/** A mistake that `check` says once, with its other places beside it, counts at each of them. */
function errorsIn({ stdout }: Answer): Fault[] {
  const report: { problems?: ProblemReport[] } = JSON.parse(stdout);
  const errors = (report.problems ?? []).filter(({ severity }) => severity === 'error');
  return errors.flatMap(({ code, related = [], ...at }) =>
    [at, ...related.filter(({ message }) => message === 'and here')].map(({ file, line = 0, column = 0 }) => ({
      line,
      column,
      key: `${code} ${file}:${line}:${column}`,
    })),
  );
}

function keysOf(faults: readonly Fault[]): string[] {
  return faults.map(({ key }) => key);
}

function isIn({ source, range }: Tool, { line, column }: Fault): boolean {
  const [start, end] = [source.position(range.start), source.position(range.end)];
  const isAfterStart = line > start.line || (line === start.line && column >= start.column);
  return isAfterStart && (line < end.line || (line === end.line && column < end.column));
}

/**
 * What hangs on arguments, on the vault or on the machine `check` does not judge. Of a tool in a broken file it says that
 * the file is broken, and it tells of a cycle once, where a plan begins it with its own tool.
 */
const OF_CIRCUMSTANCES = /^(?:args|run|secret)\/|^reference\/(?:unknown-tool|cycle) /;

async function agree(text: string): Promise<{ errors: number; tools: number }> {
  writeFileSync(join(workshop.root, FILE), text);
  const found = errorsIn(await lockstep('check', '--json'));
  const { snapshot } = await workshop.project();
  for (const words of [
    ['tool', 'list'],
    ['agent', 'list', '--json'],
    ['fmt', '--check'],
    ['convert', FILE],
  ])
    await lockstep(...words);
  for (const tool of snapshot.catalog.tools.values()) {
    const { name } = tool;
    const own = keysOf(found.filter((fault) => isIn(tool, fault)));
    const [planned, ran] = [await lockstep('plan', name, '--json'), await lockstep('run', name, '--json')];
    const said = keysOf(errorsIn(planned));
    expect(said).toEqual(expect.arrayContaining(own));
    expect(keysOf(errorsIn(ran))).toEqual(expect.arrayContaining(own));
    expect(keysOf(found)).toEqual(expect.arrayContaining(said.filter((key) => !OF_CIRCUMSTANCES.test(key))));
    if (own.length > 0) expect([planned.code, ran.code]).toEqual([EXIT.failed, EXIT.failed]);
    await lockstep('tool', 'show', name);
    await lockstep('plan', name, '--graph');
    await lockstep('secret', 'grant', 'A', '--group', 'prod', '--to', `tool:${name}`, '--pin');
  }
  for (const { name } of snapshot.catalog.agents.values()) await lockstep('agent', 'show', name);
  return { errors: found.length, tools: snapshot.catalog.tools.size };
}

describe('check and the other commands agree', () => {
  const corpus = globSync(['definition/{ok,err}/*.yaml', '../examples/**/*.yaml'], { cwd: join(HERE, '..') }).sort();
  test('there is a corpus', () => expect(corpus.length).toBeGreaterThan(120));
  test.each(corpus)('about %s', async (path) => {
    await agree(readFileSync(join(HERE, '..', path), 'utf8'));
  });

  // JSON or signing has no form for these, or YAML reads them as something else than they look.
  const ODD = [
    '61e9540',
    '.inf',
    '-.INF',
    '.nan',
    '1e400',
    '-0',
    '0x1fffffffffffff',
    '9007199254740993',
    '0o17',
    '1_000',
    '2001-12-14',
    '!!binary aGk=',
    '!!set {a}',
    '"\\ud800"',
    '"\\0"',
    '"\\u2028"',
    '"\\ufeff"',
    '~',
    'yes',
    '[]',
    '{}',
    '{__proto__: 1}',
    '"\\U0010ffff"',
    "'a(b'",
    "'[a'",
  ].map((odd) => [odd, odd]);
  ODD.push(['a very long text', 'x'.repeat(70_000)]);
  const PLACES = [
    'kind: tool\nname: a\nenv: {TAG: @}\nsteps: [{id: s, run: echo}]\n',
    'kind: tool\nname: a\nargs: {x: {type: number, default: @, enum: [@]}}\nsteps: [{id: s, run: echo}]\n',
    'kind: tool\nname: a\nargs: {x: {default: @}}\nsteps: [{id: s, env: {X: @}, run: echo}]\n',
    'kind: tool\nname: a\nsteps: [{id: s, uses: b, with: {y: @, z: [@]}}]\n---\nkind: tool\nname: b\nargs: {y: {}, z: {type: array}}\nsteps: [{id: t, run: echo}]\n',
    'kind: tool\nname: a\ndescription: @\ntimeout: @\nsteps: [{id: s, timeout: @, retry: {limit: @, delay: @}, run: echo}]\n',
    'kind: tool\nname: a\nsecrets: [@, {name: A, env: @}]\noutputs: {o: @}\nsteps: [{id: s, run: @}]\n',
    'kind: agent\nname: ag\ndescription: @\ninstructions: @\nmodel: @\nmaxTurns: @\nenv: {X: @}\ntools: [@]\nsecrets: [@]\n',
    'tools: [{name: @, image: @, content: @, args: [{name: @, type: @, default: @}], env: [@], secrets: [@]}]\n',
    'name: w\nparams: {x: @}\nsteps: [{name: s, command: @, output: @}, {name: t, depends: [@], command: echo ${s}}]\n',
    'kind: @\nname: @\n',
    '@: @\nkind: tool\nname: a\nsteps: [{id: s, run: echo}]\n',
  ];
  test.each(ODD)('about %s in every place', async (_, odd) => {
    for (const place of PLACES) await agree(place.replaceAll('@', odd));
  });

  test('about a `{{ }}` that no value can fill', async () => {
    const { errors } = await agree(
      "kind: tool\nname: a\nargs: {x: {}}\nsteps: [{id: s, templates: safe, run: '{{ .x }} --version'}]\n",
    );
    expect(errors).toBe(1);
  });

  test('about texts that are nearly definitions', { timeout: 60_000 + RUNS * 1000 }, async () => {
    const seen = { sound: 0, faulty: 0 };
    await fc.assert(
      fc.asyncProperty(mutated, async (text) => {
        const { errors } = await agree(text);
        seen[errors === 0 ? 'sound' : 'faulty']++;
      }),
      PARAMETERS,
    );
    expect(seen.faulty).toBeGreaterThan(0);
  });
});
