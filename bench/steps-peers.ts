import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Grid } from './grid.ts';
import { installPeers, platformPackage, QUIET } from './peers.ts';
import { type Case, timeSideBySide } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const JUST = 'rust-just';
const MISE = '@jdxcode/mise';
const WIREIT = 'wireit';
const VERSIONS = { [JUST]: '1.57.0', [MISE]: '2026.9.15', [WIREIT]: '0.14.13' } as const;

const LARGEST = 1_000;
const SIZES = [1, 100, LARGEST] as const;
const MOST_ROUNDS: Readonly<Record<number, number>> = { 1: 10, 100: 3, [LARGEST]: 1 };

/** What each step does, in a shell: the bytes tell how many steps there were. */
const SCRIPT = 'printf . >> count';

interface Runner {
  readonly name: string;
  /** Makes a chain of so many steps in the folder and says how to run it there. */
  readonly chain: (folder: string, steps: number) => Pick<Case, 'argv' | 'env'>;
}

/**
 * A chain of steps beside the workflow runners that npm ships as programs; each really does all its steps, or this throws.
 * Dagu is in no npm package, so it is left out. 1,000 steps are done once: it takes minutes as it is.
 */
export function measureStepsPeers(rounds: number): Grid {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const runners = runnersOf(installPeers(folder, packages()), folder);
    const medians = SIZES.map((steps) => {
      const cases = runners.map((one) => caseOf(one, steps, join(folder, 'chains')));
      const most = MOST_ROUNDS[steps] ?? 1;
      const { timings } = timeSideBySide('', cases, Math.min(rounds, most), { warmUp: steps === 1 });
      return timings.map(({ medianMs }) => medianMs);
    });
    const stepMs = runners.map((_, at) => ((medians.at(-1)?.[at] ?? 0) - (medians[0]?.[at] ?? 0)) / (LARGEST - 1));
    const rows = runners.map(({ name }, at) => {
      const own = stepMs[at] ?? Number.NaN;
      const times = medians.map((of) => of[at]?.toFixed(0) ?? '');
      return { name, cells: [...times, own.toFixed(2), `${(own / (stepMs[0] ?? Number.NaN)).toFixed(2)}x`] };
    });
    return { title: 'a chain of so many steps (ms)', columns: [...SIZES.map(String), 'a step', 'ratio'], rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The programs themselves, not the scripts that start them. */
function packages(): readonly string[] {
  const { [JUST]: just, [MISE]: mise, [WIREIT]: wireit } = VERSIONS;
  return [`${platformPackage(JUST)}@${just}`, `${platformPackage(MISE)}@${mise}`, `${WIREIT}@${wireit}`];
}

function runnersOf(modules: string, home: string): readonly Runner[] {
  const env = { ...QUIET, PATH: process.env.PATH ?? '', HOME: home, MISE_TRUSTED_CONFIG_PATHS: home };
  const just = join(modules, platformPackage(JUST), 'bin/just');
  const mise = join(modules, platformPackage(MISE), 'bin/mise');
  const withBin = { ...env, PATH: [join(modules, '.bin'), env.PATH].join(delimiter), WIREIT_LOGGER: 'quiet' };
  return [
    { name: 'bash, sh -c', chain: (folder, steps) => ({ argv: ['/bin/bash', writeBash(folder, steps)], env }) },
    { name: 'lockstep', chain: (folder, steps) => lockstepChain(folder, steps, env) },
    { name: `just ${VERSIONS[JUST]}`, chain: (folder, steps) => ({ argv: [just, writeJust(folder, steps)], env }) },
    {
      name: `mise ${VERSIONS[MISE]}`,
      chain: (folder, steps) => ({ argv: [mise, 'run', writeMise(folder, steps)], env }),
    },
    {
      name: `wireit ${VERSIONS[WIREIT]}`,
      chain: (folder, steps) => ({ argv: [process.execPath, '--run', writeWireit(folder, steps)], env: withBin }),
    },
  ];
}

function caseOf({ name, chain }: Runner, steps: number, chains: string): Case {
  const folder = join(chains, `${name}-${steps}`);
  mkdirSync(folder, { recursive: true });
  const verify = () => {
    const count = readFileSync(join(folder, 'count')).length;
    rmSync(join(folder, 'count'));
    if (count !== steps) throw new Error(`${name} did ${count} of ${steps} steps`);
  };
  return { name, ...chain(folder, steps), cwd: folder, verify };
}

function numbered(steps: number, line: (at: number) => string): string {
  return Array.from({ length: steps }, (_, at) => line(at)).join('');
}

function writeBash(folder: string, steps: number): string {
  writeFileSync(join(folder, 'chain.sh'), `set -e\n${numbered(steps, () => `/bin/sh -c '${SCRIPT}'\n`)}`);
  return 'chain.sh';
}

function lockstepChain(
  folder: string,
  steps: number,
  env: Readonly<Record<string, string>>,
): Pick<Case, 'argv' | 'env'> {
  mkdirSync(join(folder, 'tools'));
  const lines = numbered(steps, (at) => `  - {id: s${at}, shell: sh, run: '${SCRIPT}'}\n`);
  writeFileSync(join(folder, 'tools/chain.yaml'), `kind: tool\nname: chain\nsteps:\n${lines}`);
  return { argv: [process.execPath, LOCKSTEP, '-C', folder, 'run', 'chain'], env };
}

/** These return the name of the last step, which asks for all before it. */
function writeJust(folder: string, steps: number): string {
  const recipe = (at: number) => `s${at}:${at === 0 ? '' : ` s${at - 1}`}\n  @${SCRIPT}\n\n`;
  writeFileSync(join(folder, 'justfile'), numbered(steps, recipe));
  return `s${steps - 1}`;
}

function writeMise(folder: string, steps: number): string {
  const depends = (at: number) => (at === 0 ? '' : `depends = ["s${at - 1}"]\n`);
  writeFileSync(
    join(folder, 'mise.toml'),
    numbered(steps, (at) => `[tasks.s${at}]\nrun = "${SCRIPT}"\n${depends(at)}\n`),
  );
  return `s${steps - 1}`;
}

function writeWireit(folder: string, steps: number): string {
  const names = Array.from({ length: steps }, (_, at) => `s${at}`);
  const scripts = Object.fromEntries(names.map((name) => [name, 'wireit']));
  const wireit = Object.fromEntries(
    names.map((name, at) => [name, { command: SCRIPT, dependencies: names.slice(Math.max(0, at - 1), at) }]),
  );
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ scripts, wireit }));
  return `s${steps - 1}`;
}
