import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Grid } from './grid.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const STEPS = 1_000;
const OUTPUT = 2_000_000_000;

/**
 * Required before a program. What the system tells the parent when a child has ended counts the parent's own pages, from
 * before the child became another program; the process itself knows better.
 */
const TELLS_PEAK = `const { readFileSync, writeFileSync } = require('node:fs');
process.on('exit', () => writeFileSync(process.env.PEAK_FILE, readFileSync('/proc/self/status')));
`;

interface Measured {
  readonly peakMiB: number;
  readonly seconds: number;
}

/**
 * The most memory that `lockstep run` has at a time: its own process, not those of the steps. Its first run on a machine
 * compiles itself and the definitions, and keeps what came of it; the others find that done. Linux only.
 */
export function measureMemory(rounds: number): Grid {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const times = Math.min(rounds, 3);
  try {
    writeFileSync(join(folder, 'tells-peak.cjs'), TELLS_PEAK);
    const all = [
      { name: 'node doing nothing', ...worst(folder, ['-e', '0'], times) },
      { name: '1 step, the first run', ...worst(folder, runOf(folder, 'one'), 1) },
      { name: '1 step', ...worst(folder, runOf(folder, 'one'), times) },
      { name: 'a chain of 1,000 steps', ...worst(folder, runOf(folder, 'chain'), times) },
      { name: 'a fan-out of 1,000 steps', ...worst(folder, runOf(folder, 'fan'), times) },
      { name: 'a step that writes 2 GB', ...worst(folder, runOf(folder, 'flood'), times) },
    ];
    const least = all[0]?.peakMiB ?? Number.NaN;
    const rows = all.map(({ name, peakMiB, seconds }) => ({
      name,
      cells: [peakMiB.toFixed(0), `${(peakMiB / least).toFixed(2)}x`, seconds.toFixed(1)],
    }));
    return { title: `memory at its peak (the worst of ${times})`, columns: ['MiB', 'ratio', 's'], rows };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const TOOLS = {
  one: steps(1, ''),
  chain: steps(STEPS, ''),
  fan: steps(STEPS, ', needs: []'),
  flood: `  - {shell: sh, run: "yes 'a line of a log that never ends' | head -c ${OUTPUT}"}\n`,
} as const;

function steps(count: number, more: string): string {
  return Array.from({ length: count }, (_, at) => `  - {id: s${at}, shell: sh, run: 'true'${more}}\n`).join('');
}

/** Each tool is the only one of its repository, and checked before all but the first. */
function runOf(folder: string, tool: keyof typeof TOOLS): readonly string[] {
  const root = join(folder, tool);
  if (!existsSync(root)) {
    mkdirSync(join(root, 'tools'), { recursive: true });
    writeFileSync(join(root, `tools/${tool}.yaml`), `kind: tool\nname: ${tool}\nsteps:\n${TOOLS[tool]}`);
    if (tool !== 'one') measureOnce(folder, [LOCKSTEP, '-C', root, 'check']);
  }
  return [LOCKSTEP, '-C', root, 'run', tool];
}

function worst(folder: string, args: readonly string[], times: number): Measured {
  const all = Array.from({ length: times }, () => measureOnce(folder, args));
  return { peakMiB: Math.max(...all.map((one) => one.peakMiB)), seconds: Math.max(...all.map((one) => one.seconds)) };
}

function measureOnce(folder: string, args: readonly string[]): Measured {
  const peakFile = join(folder, 'peak');
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--require', join(folder, 'tells-peak.cjs'), ...args], {
    env: { PATH: process.env.PATH ?? '', HOME: folder, PEAK_FILE: peakFile },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}:\n${stderr.toString().slice(-2000)}`);
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(peakFile, 'utf8')) ?? [];
  rmSync(peakFile);
  return { peakMiB: Number(kibibytes) / 1024, seconds };
}
