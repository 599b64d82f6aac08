/**
 * What `npm test` does first: looks for the programs that the tests drive, and installs the missing ones where it may.
 * Otherwise it names them in one line and ends with 1, so that no test runs.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Each program, and the Debian package that has it. */
export const PROGRAMS: Readonly<Record<string, string>> = {
  age: 'age',
  busybox: 'busybox-static',
  bwrap: 'bubblewrap',
  chromium: 'chromium',
  dash: 'dash',
  debootstrap: 'debootstrap',
  fish: 'fish',
  gawk: 'gawk',
  git: 'git',
  mawk: 'mawk',
  openssl: 'openssl',
  pasta: 'passt',
  perl: 'perl',
  podman: 'podman',
  ps: 'procps',
  python3: 'python3',
  'redis-server': 'redis-server',
  rsync: 'rsync',
  ruby: 'ruby',
  runc: 'runc',
  setsid: 'util-linux',
  strace: 'strace',
  'systemd-analyze': 'systemd',
  zsh: 'zsh',
};

function missingPackages(): string[] {
  const missing = Object.entries(PROGRAMS).filter(([program]) => !isInstalled(program));
  return missing.map(([, name]) => name);
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The command line that gives root's rights without asking, or null. */
function asRoot(): readonly string[] | null {
  if (process.getuid?.() === 0) return [];
  return spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null;
}

/** Returns what was said by the command that failed, or null. */
function install(packages: readonly string[], root: readonly string[]): string | null {
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...packages]]) {
    const [file = '', ...rest] = [...root, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', ...args];
    const { status, stderr } = spawnSync(file, rest, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
    if (status !== 0) return stderr.trim();
  }
  return null;
}

/** What a person has to do, or null where nothing is missing. */
function prepare(): string | null {
  const missing = missingPackages();
  if (missing.length === 0) return null;
  const names = missing.join(' ');
  if (!isInstalled('apt-get')) return `the tests need programs that are not installed: ${names}`;
  const command = `apt-get install ${names}`;
  const root = asRoot();
  if (root === null) return `the tests need programs that are not installed; as root: ${command}`;
  console.log(`installing what the tests drive and this machine lacks: ${command}`);
  const failure = install(missing, root);
  const left = missingPackages();
  if (left.length === 0) return null;
  return `the tests need programs that could not be installed: ${left.join(' ')}${failure === null ? '' : `\n${failure}`}`;
}

if (import.meta.main) {
  const wanted = prepare();
  if (wanted !== null) {
    console.error(wanted);
    process.exitCode = 1;
  }
}
