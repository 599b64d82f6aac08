import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grid, GridRow } from './grid.ts';
import { type Case, timeSideBySide } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const LOOP = join(import.meta.dirname, 'step-loop.ts');
const STEPS = 1_000;
const CONCURRENCIES = [1, 2, 8] as const;

/** A way to do so many steps. */
interface Contender {
  readonly name: string;
  readonly argv: (steps: number) => readonly [string, ...string[]];
}

/** The first two are what the ratios are to. */
type Group = readonly [Contender, Contender, ...Contender[]];

/**
 * What a step costs (DESIGN: speed, third row), journal on: whole processes with one step and with 1,000, of which the
 * difference is 999 steps. Beside them loops that do nothing but start a program through execa, as the aim has it. A step of
 * ours starts a shell, which the loop over /bin/true does not: the loop over `sh -c true` is the same work. Takes minutes.
 */
export function measureSteps(rounds: number): Grid {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const env = { PATH: process.env.PATH ?? '', HOME: folder };
    const groups = CONCURRENCIES.map((concurrency) => contendersAt(concurrency, folder));
    const medians = (steps: number, most: number) => {
      const cases = groups.flat().map((one) => caseOf(one, steps, env));
      const { timings } = timeSideBySide('', cases, Math.min(rounds, most), { warmUp: steps === 1 });
      return new Map(timings.map(({ name, medianMs }) => [name, medianMs]));
    };
    const [alone, many] = [medians(1, 10), medians(STEPS, 3)];
    const rows = groups.flatMap((group) => rowsOf(group, alone, many));
    const title = `a step of ${STEPS} (${Math.min(rounds, 3)} rounds; ratios to a loop at the same concurrency)`;
    return { title, columns: ['ms for 1', 'ms for all', 'ms a step', 'to true', 'to sh -c true'], rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function contendersAt(concurrency: number, folder: string): Group {
  const root = join(folder, `at-${concurrency}`);
  makeRepository(root, concurrency);
  const atOnce = `${concurrency} at a time`;
  const loop = (how: string, ...program: readonly string[]): Contender => ({
    name: `${how} loop, ${program.join(' ')}, ${atOnce}`,
    argv: (steps) => [process.execPath, LOOP, how, `${steps}`, `${concurrency}`, ...program],
  });
  const lockstep = (name: string, tool: string): Contender => ({
    name,
    argv: (steps) => [process.execPath, LOCKSTEP, '-C', root, 'run', `${tool}-${steps}`],
  });
  return [
    loop('execa', '/bin/true'),
    loop('execa', '/bin/sh', '-c', 'true'),
    loop('spawn', '/bin/true'),
    ...(concurrency === 1 ? [lockstep('lockstep, a chain', 'chain')] : []),
    lockstep(`lockstep, a fan-out, ${atOnce}`, 'fan'),
  ];
}

/** Two tools: in `chain` each step waits for the one above it, in `fan` none waits for another. */
function makeRepository(root: string, maxParallel: number): void {
  mkdirSync(join(root, 'tools'), { recursive: true });
  writeFileSync(join(root, 'lockstep.yaml'), `maxParallel: ${maxParallel}\n`);
  for (const [name, needs] of [
    ['chain', ''],
    ['fan', ', needs: []'],
  ] as const) {
    for (const steps of [1, STEPS]) {
      const lines = Array.from({ length: steps }, (_, at) => `  - {id: s${at}, shell: sh, run: 'true'${needs}}\n`);
      const text = `kind: tool\nname: ${name}-${steps}\nsteps:\n${lines.join('')}`;
      writeFileSync(join(root, `tools/${name}-${steps}.yaml`), text);
    }
  }
}

function caseOf({ name, argv }: Contender, steps: number, env: Readonly<Record<string, string>>): Case {
  const verify = (stdout: string) => {
    if (!stdout.includes(`: ${steps} succeeded`)) throw new Error(`${name} did not do ${steps} steps`);
  };
  return { name, argv: argv(steps), env, verify };
}

type Medians = ReadonlyMap<string, number>;

function rowsOf(group: Group, alone: Medians, many: Medians): readonly GridRow[] {
  const of = (medians: Medians, { name }: Contender) => medians.get(name) ?? Number.NaN;
  const step = (one: Contender) => (of(many, one) - of(alone, one)) / (STEPS - 1);
  return group.map((one) => {
    const ratios = [group[0], group[1]].map((loop) => `${(step(one) / step(loop)).toFixed(2)}x`);
    const times = [of(alone, one).toFixed(0), of(many, one).toFixed(0), step(one).toFixed(2)];
    return { name: one.name, cells: [...times, ...ratios] };
  });
}
