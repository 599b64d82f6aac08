import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FilledVault, fillVault } from './filled-vault.ts';
import { type Case, type Table, timeSideBySide } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');

/**
 * What a vault costs as it grows (DESIGN: speed, second row): the price of a run follows what it asks for. Beside it is
 * Debian's age, which opens the same values and verifies nothing.
 */
export async function measureVault(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const small = await fillVault(join(folder, '10'), 10);
    const middle = await fillVault(join(folder, '1000'), 1000);
    const large = await fillVault(join(folder, '10000'), 10_000);
    const cases = [
      lockstep('run with 1 secret of 10', small, 'run', 'one'),
      lockstep('run with 1 secret of 1,000', middle, 'run', 'one'),
      lockstep('run with 1 secret of 10,000', large, 'run', 'one'),
      lockstep('run with 100 secrets of 1,000', middle, 'run', 'hundred'),
      lockstep('secret list of 10', small, 'secret', 'list'),
      lockstep('secret list of 1,000', middle, 'secret', 'list'),
      lockstep('vault verify of 1,000', middle, 'vault', 'verify'),
      age('age -d, 1 value', join(folder, 'group.txt'), middle, 1),
      age('age -d, 100 values', join(folder, 'group.txt'), middle, 100),
    ];
    return timeSideBySide('vault', cases, rounds);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function lockstep(name: string, { root, env }: FilledVault, ...args: readonly string[]): Case {
  return { name, argv: [process.execPath, LOCKSTEP, '-C', root, ...args], env };
}

/** With the group's key at hand: less than what a person would have to do. */
function age(name: string, keyFile: string, { root, env }: FilledVault, values: number): Case {
  const one = (at: number) => `age -d -i '${keyFile}' < '${join(root, `S${at}.age`)}' > /dev/null`;
  const script = Array.from({ length: values }, (_, at) => one(at)).join(' && ');
  const setup = () => {
    const identity = join(env.HOME ?? '', '.config/lockstep/identity.txt');
    writeFileSync(keyFile, execFileSync('age', ['-d', '-i', identity], { input: armored(root, 'vault.yaml', 8) }));
    for (let at = 0; at < values; at += 1)
      writeFileSync(join(root, `S${at}.age`), armored(root, `default/S${at}.yaml`, 2));
  };
  return { name, argv: ['/bin/sh', '-ec', script], env, setup };
}

/** The one age file that stands in a vault file, at its indentation. */
function armored(root: string, file: string, indent: number): string {
  const text = readFileSync(join(root, 'vault', file), 'utf8');
  const [found = ''] = /^ *-----BEGIN AGE[\s\S]*END AGE.*$/m.exec(text) ?? [];
  return `${found.replace(new RegExp(`^ {${indent}}`, 'gm'), '')}\n`;
}
