import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillVault } from './filled-vault.ts';
import { installPeers, QUIET } from './peers.ts';
import { type Table, timeSideBySide } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const VERSIONS = { '@dotenvx/dotenvx': '2.38.2', varlock: '1.20.0' } as const;
const TRUE = '/bin/true';

/** A whole process that runs /bin/true with one secret, beside others that Node runs (DESIGN: speed, first row). Theirs is not even encrypted. */
export async function measureStartPeers(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const { root, env } = await fillVault(join(folder, 'vault'), 10);
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
    const modules = installPeers(folder, packages);
    writeFileSync(join(folder, '.env'), 'TOKEN=a-token-of-some-length\n');
    writeFileSync(join(folder, '.env.schema'), '# @defaultSensitive=true\n# ---\n# @sensitive\nTOKEN=\n');
    const peer = (name: keyof typeof VERSIONS, program: string) => ({
      name: `${name} ${VERSIONS[name]} run`,
      argv: [process.execPath, join(modules, program), 'run', '--', TRUE] as const,
      env: { ...QUIET, PATH: process.env.PATH ?? '', HOME: folder },
      cwd: folder,
    });
    const cases = [
      { name: 'lockstep run, 1 secret', argv: [process.execPath, LOCKSTEP, '-C', root, 'run', 'one'] as const, env },
      peer('@dotenvx/dotenvx', '@dotenvx/dotenvx/src/cli/dotenvx.js'),
      peer('varlock', 'varlock/bin/cli.js'),
    ];
    return timeSideBySide('a command with one secret', cases, Math.min(rounds, 10));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
