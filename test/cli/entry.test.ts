import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'rolldown/utils';
import { expect, onTestFinished, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../bin/lockstep.js');
const OLD = 'Object.defineProperty(process, "versions", { value: { node: "20.19.4" } })';

function lockstep(env: Record<string, string>, ...nodeArgs: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, ENTRY, '--version'], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-entry-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('an old Node gets one line', () => {
  expect(lockstep({}, '--import', `data:text/javascript,${encodeURIComponent(OLD)}`)).toEqual({
    status: 3,
    stdout: '',
    stderr: 'lockstep needs Node 22.22 or newer; this is v20.19.4\n',
  });
});

test('and Node 14 can read as far as that line', async () => {
  const source = readFileSync(ENTRY, 'utf8');
  const asIs = await transform('entry.js', source, { target: 'esnext' });
  const lowered = await transform('entry.js', source, { target: 'node14.13' });
  expect(lowered.code).toBe(asIs.code);
});

test('compiled code is kept in the cache folder', () => {
  const folder = temporaryFolder();
  expect(lockstep({ XDG_CACHE_HOME: folder }).status).toBe(0);
  expect(readdirSync(join(folder, 'lockstep')).length).toBeGreaterThan(0);
  expect(lockstep({ HOME: folder }).status).toBe(0);
  expect(existsSync(join(folder, '.cache/lockstep'))).toBe(true);
});

test('and done without where there is none', () => {
  const works = { status: 0, stderr: '' };
  expect(lockstep({})).toMatchObject(works);
  expect(lockstep({ XDG_CACHE_HOME: '/dev/null/nowhere' })).toMatchObject(works);
});

test('what is thrown where nobody catches it is a bug, and its text is not shown', () => {
  const bomb = `process.on('newListener', (name) => {
    if (name === 'uncaughtException') setImmediate(() => { throw new TypeError('hunter' + 2); });
  })`;
  const { status, stderr } = lockstep({}, '--import', `data:text/javascript,${encodeURIComponent(bomb)}`);
  expect(status).toBe(4);
  expect(stderr).toMatch(/^error: this is a bug in Lockstep: TypeError\n/);
  expect(stderr).not.toContain('hunter2');
});
