import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeBundle } from '../scripts/build.ts';
import { type Case, type Table, timeSideBySide } from './side-by-side.ts';

const SPAWNS_TRUE = `import { spawn } from 'node:child_process';\nspawn('/bin/true', { stdio: 'inherit' });\n`;
const BIN = join(import.meta.dirname, '../bin');
const LOCKSTEP = join(BIN, 'lockstep.js');

const NOOP = 'kind: tool\nname: noop\nsecrets: [TOKEN]\nsteps:\n  - {id: noop, shell: sh, run: exec /bin/true}\n';

/** How long a whole process takes, against one that loads oclif and execa and runs /bin/true (bench/floor.ts). */
export async function measureStart(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    await makeFloor(join(folder, 'floor'));
    return timeSideBySide('start', startCases(folder), rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Beside the launcher of Lockstep stands another dist/. */
async function makeFloor(folder: string): Promise<void> {
  cpSync(BIN, join(folder, 'bin'), { recursive: true });
  await writeBundle({ bin: join(import.meta.dirname, 'floor.ts') }, join(folder, 'dist'));
}

/** The baseline comes first. */
function startCases(folder: string): readonly Case[] {
  const spawnsTrue = join(folder, 'empty-spawns-true.mjs');
  const env = { PATH: process.env.PATH ?? '', HOME: folder };
  return [
    {
      name: 'oclif and execa run /bin/true',
      argv: [process.execPath, join(folder, 'floor/bin/lockstep.js')],
      // The launcher keeps compiled code there: each has its own.
      env: { ...env, HOME: join(folder, 'floor') },
    },
    {
      name: 'node empty-spawns-true.mjs',
      argv: [process.execPath, spawnsTrue],
      env,
      setup: () => writeFileSync(spawnsTrue, SPAWNS_TRUE),
    },
    {
      name: 'lockstep run (1 step, 1 secret)',
      argv: [process.execPath, LOCKSTEP, '-C', join(folder, 'repository'), 'run', 'noop'],
      env,
      setup: () => makeRepository(join(folder, 'repository'), env),
    },
    { name: 'lockstep --version', argv: [process.execPath, LOCKSTEP, '--version'], env },
    { name: 'lockstep --help (oclif)', argv: [process.execPath, LOCKSTEP, '--help'], env },
  ];
}

/** A vault with one secret, granted to the one tool, whose step does nothing. */
function makeRepository(root: string, env: Readonly<Record<string, string>>): void {
  mkdirSync(join(root, 'tools'), { recursive: true });
  writeFileSync(join(root, 'tools/noop.yaml'), NOOP);
  const lockstep = (args: readonly string[], input = '') =>
    execFileSync(process.execPath, [LOCKSTEP, '-C', root, ...args], { env, input });
  lockstep(['init', '--member', 'bench']);
  lockstep(['secret', 'set', 'TOKEN'], 'a token of some length');
}
