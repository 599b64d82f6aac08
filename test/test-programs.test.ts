import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROGRAMS } from '../scripts/test-programs.ts';

const SCRIPT = join(import.meta.dirname, '../scripts/test-programs.ts');

/** A machine that has nothing but a shell. */
let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'programs-'));
  for (const name of ['env', 'sh']) symlinkSync(`/usr/bin/${name}`, join(bin, name));
});
afterEach(() => rmSync(bin, { recursive: true, force: true }));

function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Everything but git. */
function installMost(): void {
  for (const name of Object.keys(PROGRAMS)) if (name !== 'git') program(name, '');
}

function prepare(): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { env: { PATH: bin }, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('before the tests', () => {
  test('missing programs are named in one line where they cannot be installed', () => {
    installMost();
    const stderr = 'the tests need programs that are not installed: git\n';
    expect(prepare()).toEqual({ status: 1, stdout: '', stderr });
  });

  test('missing programs are installed on Debian, and one line reports it', () => {
    installMost();
    program('sudo', '[ "$1" = -n ] && shift; exec "$@"');
    program('true', '');
    program('apt-get', `case "$*" in *install*" git") : > ${bin}/git; /bin/chmod 755 ${bin}/git ;; esac`);
    const stdout = 'installing what the tests drive and this machine lacks: apt-get install git\n';
    expect(prepare()).toEqual({ status: 0, stdout, stderr: '' });
    expect(prepare()).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('a failed installation reports why, and stops', () => {
    installMost();
    program('sudo', '[ "$1" = -n ] && shift; exec "$@"');
    program('true', '');
    program('apt-get', 'echo "E: no such mirror" >&2; exit 100');
    const stderr = 'the tests need programs that could not be installed: git\nE: no such mirror\n';
    expect(prepare()).toMatchObject({ status: 1, stderr });
  });
});
