/**
 * `npm run test:corpus -- DIR`: reads every YAML and JSON file below a folder as a definition file of its own, and prints
 * how far each kind of them gets, and what stops the rest. Exits with 1 where a file breaks the program.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Catalog } from '../src/definition/model/catalog.ts';
import { readDefinitions } from '../src/definition/reading/parse-file.ts';
import { allProblems } from '../src/definition/rules/index.ts';
import { loadPatternEngine } from '../src/definition/values/pattern.ts';
import { translateKubiya } from '../src/kubiya/translate.ts';
import { makePlan } from '../src/plan/make-plan.ts';
import { machineProblems } from '../src/run/interpreter/preflight.ts';
import { findFolder } from '../src/run/workspace/workdir.ts';
import { parseDocuments } from '../src/text/document.ts';
import { locationText } from '../src/text/excerpt.ts';
import { printYaml } from '../src/text/format.ts';
import { hasErrors, type Problem } from '../src/text/problem.ts';
import { SourceFile } from '../src/text/source.ts';

interface Row {
  readonly kind: string;
  readonly file: string;
  readonly definitions: number;
  readonly valid: boolean;
  readonly planned: number;
  /** On this machine, with `--on host`. */
  readonly runnable: number;
  /** How many have the same plan and digest in the native form. */
  readonly converted: number;
  readonly problems: readonly Problem[];
}

const SHAPES: readonly (readonly [kind: string, form: RegExp])[] = [
  ['native', /^kind:|^\{\s*"kind"/m],
  ['tools', /^tools:|^\{\s*"tools"\s*:\s*\[\s*\{/m],
  ['workflow', /^\s*"?steps"?:/m],
  ['agent', /"?(?:ai_instructions|environment_variables|llm_model)"?:/],
];

async function rowOf(file: string, text: string): Promise<Row> {
  const kind = SHAPES.find(([, form]) => form.test(text))?.[0] ?? 'other';
  const catalog = readDefinitions([new SourceFile(file, text)]);
  const problems = allProblems({ catalog, secretNames: null, fileFaults: new Map() }).filter(
    ({ code }) => code !== 'secret/unchecked',
  );
  const plans = await plansOf(catalog);
  const sound = plans.filter(({ stops }) => stops.length === 0);
  return {
    kind,
    file,
    definitions: catalog.tools.size + catalog.agents.size,
    valid: !hasErrors(problems),
    planned: plans.length,
    runnable: hasErrors(problems) ? 0 : sound.length,
    converted: hasErrors(problems) ? 0 : sameWhenConverted(file, text, catalog),
    problems: [...problems, ...plans.flatMap(({ stops }) => stops)],
  };
}

/** Everything is asked of the host alone. */
const NOTHING_BESIDE = { sandbox: null, containers: null, arch: process.arch };

async function plansOf({ tools }: Catalog): Promise<{ readonly stops: readonly Problem[] }[]> {
  const plans = [...tools.values()].map(async (tool) => {
    const world = { tools, facts: null, files: () => [] };
    const plan = makePlan({ tool, given: {}, argsMayBeMissing: true, onHost: true }, world);
    const machine = await machineProblems(plan, process.env, NOTHING_BESIDE, (_, written) =>
      findFolder(process.cwd(), written),
    );
    const stops = [...plan.problems, ...machine];
    return { stops: stops.filter(({ severity, code }) => severity === 'error' && !code.startsWith('secret/')) };
  });
  return Promise.all(plans);
}

/** As `lockstep convert` writes them. */
function sameWhenConverted(file: string, text: string, { tools }: Catalog): number {
  const { documents } = parseDocuments(new SourceFile(file, text));
  const roots = documents.flatMap((document) => translateKubiya(document)?.roots ?? []);
  const native = readDefinitions([new SourceFile(file, roots.map(printYaml).join('---\n'))]).tools;
  return [...tools.values()].filter(({ name, written }) => isDeepStrictEqual(native.get(name)?.written, written))
    .length;
}

function summary(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.map(({ kind }) => kind))].sort();
  const lines = kinds.map((kind) => {
    const own = rows.filter((row) => row.kind === kind);
    const sum = (of: (row: Row) => number) => own.reduce((total, row) => total + of(row), 0);
    const valid = own.filter((row) => row.valid);
    return [
      kind,
      own.length,
      valid.length,
      sum((row) => row.definitions),
      sum((row) => row.planned),
      sum((row) => row.runnable),
      sum((row) => row.converted),
    ];
  });
  return [['kind', 'files', 'valid', 'definitions', 'planned', 'runnable on host', 'same in native form'], ...lines]
    .map((cells) => cells.map((cell, at) => (at === 0 ? String(cell).padEnd(10) : String(cell).padStart(21))).join(''))
    .join('\n');
}

function reasons(rows: readonly Row[]): string {
  const counts = new Map<string, { count: number; example: string }>();
  for (const { at, code, severity, message } of rows
    .filter(({ kind }) => kind !== 'other')
    .flatMap((row) => row.problems)) {
    const key = `${severity} ${code}: ${message.replace(/"[^"]*"/g, '"..."').slice(0, 110)}`;
    const example = at === undefined ? '' : locationText(at);
    counts.set(key, { count: (counts.get(key)?.count ?? 0) + 1, example: counts.get(key)?.example ?? example });
  }
  return [...counts]
    .sort((a, b) => b[1].count - a[1].count)
    .map(([key, { count, example }]) => `${String(count).padStart(5)} ${key}\n        ${example}`)
    .join('\n');
}

await loadPatternEngine();
const [folder = '.corpus'] = process.argv.slice(2);
const rows: Row[] = [];
let broken = 0;
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  const file = join(entry.parentPath, entry.name);
  if (!entry.isFile() || !/\.(?:ya?ml|json)$/.test(file)) continue;
  try {
    rows.push(await rowOf(file, readFileSync(file, 'utf8')));
  } catch (error) {
    broken++;
    process.stderr.write(`${file}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }
}
process.stdout.write(`${summary(rows)}\n\n${reasons(rows)}\n\nfiles that broke the program: ${broken}\n`);
process.exitCode = broken === 0 ? 0 : 1;
