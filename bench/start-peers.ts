import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fillVault } from './filled-vault.ts';
import { installPeers, QUIET } from './peers.ts';
import { type Case, type Table, timeSideBySide } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const VERSIONS = { '@dotenvx/dotenvx': '2.38.2', varlock: '1.20.0' } as const;

const VALUE = 'a-token-of-some-length';

/**
 * A whole process that runs /bin/true with one secret, beside others that Node runs (DESIGN: speed, first row): each with
 * its own encryption, as ours has, and with the value in the clear, which is less work.
 */
export async function measureStartPeers(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const { root, env } = await fillVault(join(folder, 'vault'), 10);
    const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
    const modules = installPeers(folder, packages);
    const dotenvx = peer('@dotenvx/dotenvx', join(modules, '@dotenvx/dotenvx/src/cli/dotenvx.js'));
    const varlock = peer('varlock', join(modules, 'varlock/bin/cli.js'));
    const place = (name: string, dotenv: string) => placeOf(join(folder, name), dotenv);
    const [clear, sealed] = [place('clear', `TOKEN=${VALUE}\n`), place('dotenvx', '')];
    call(dotenvx, sealed, ['set', 'TOKEN', VALUE]);
    const reference = /varlock\("local:[^")]+"\)/.exec(call(varlock, clear, ['encrypt'], VALUE))?.[0] ?? '';
    const cases = [
      { name: 'lockstep run, 1 secret', argv: [process.execPath, LOCKSTEP, '-C', root, 'run', 'one'] as const, env },
      runTrue(dotenvx, 'encrypted', sealed),
      runTrue(dotenvx, 'in the clear', clear),
      runTrue(varlock, 'encrypted', { ...place('varlock', `TOKEN=${reference}\n`), home: clear.home }),
      runTrue(varlock, 'in the clear', clear),
    ];
    return timeSideBySide('a command with one secret', cases, Math.min(rounds, 10));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Peer {
  readonly name: string;
  readonly program: string;
}

function peer(name: keyof typeof VERSIONS, program: string): Peer {
  return { name: `${name} ${VERSIONS[name]}`, program };
}

/** Where a peer finds its value, and keeps its key. */
interface Place {
  readonly cwd: string;
  readonly home: string;
}

function placeOf(cwd: string, dotenv: string): Place {
  mkdirSync(join(cwd, 'home'), { recursive: true });
  writeFileSync(join(cwd, '.env'), dotenv);
  writeFileSync(join(cwd, '.env.schema'), '# @defaultSensitive=true\n# ---\n# @sensitive\nTOKEN=\n');
  return { cwd, home: join(cwd, 'home') };
}

function environment({ home }: Place): Record<string, string> {
  return { ...QUIET, PATH: process.env.PATH ?? '', HOME: home };
}

function call({ program }: Peer, place: Place, args: readonly string[], input = ''): string {
  const options = { cwd: place.cwd, env: environment(place), input, encoding: 'utf8' } as const;
  return execFileSync(process.execPath, [program, ...args], { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
}

function runTrue({ name, program }: Peer, how: string, place: Place): Case {
  // A peer that could not open its value would be the faster for it.
  const check = 'test "$TOKEN" = "$EXPECTED" && exec /bin/true';
  return {
    name: `${name} run, ${how}`,
    argv: [process.execPath, program, 'run', '--', 'sh', '-c', check],
    env: { ...environment(place), EXPECTED: VALUE },
    cwd: place.cwd,
  };
}
