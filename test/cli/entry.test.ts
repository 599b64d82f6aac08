import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transform } from 'rolldown/utils';
import { expect, onTestFinished, test } from 'vitest';
import { testNeeding } from '../rig/needing.ts';
import { tracingObstacle } from '../rig/traced-writer.ts';

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

const codeIn = (folder: string) =>
  globSync('lockstep/code-*/other/*.cjs', { cwd: folder }).map((name) => join(folder, name));

const DIGEST_BYTES = 20;

function isWhole(code: Buffer): boolean {
  const digest = createHash('sha1')
    .update(code.subarray(0, -2 * DIGEST_BYTES))
    .digest();
  return digest.equals(code.subarray(-2 * DIGEST_BYTES, -DIGEST_BYTES));
}

test('compiled code is kept in the cache folder, readable by the user alone, and is used unchanged', () => {
  const folder = temporaryFolder();
  expect(lockstep({ XDG_CACHE_HOME: folder }).status).toBe(0);
  const files = codeIn(folder);
  expect(files.length).toBeGreaterThan(1);
  const states = () => files.map((file) => ({ mode: statSync(file).mode & 0o777, ino: statSync(file).ino }));
  const before = states();
  expect(before.map(({ mode }) => mode)).toEqual(files.map(() => 0o600));
  expect(lockstep({ XDG_CACHE_HOME: folder }).status).toBe(0);
  expect(states()).toEqual(before);
  expect(lockstep({ HOME: folder }).status).toBe(0);
  expect(existsSync(join(folder, '.cache/lockstep'))).toBe(true);
});

testNeeding(tracingObstacle(), 'it reads none of its own folders, and loads only the command that runs', () => {
  const root = join(ENTRY, '../..');
  const trace = join(temporaryFolder(), 'trace');
  const calls = ['-f', '-e', 'trace=openat,getdents64', '-y', '-o', trace];
  const { status, stdout } = spawnSync('strace', [...calls, process.execPath, ENTRY, 'version'], {
    env: {},
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^lockstep /) });
  const lines = readFileSync(trace, 'utf8').split('\n');
  const opened = lines.flatMap((line) => /openat\(.*"(?<path>[^"]+)"/.exec(line)?.groups?.path ?? []);
  const ours = opened
    .filter((path) => path.startsWith(root) && path !== process.execPath)
    .map((path) => path.slice(root.length + 1));
  expect(ours.filter((path) => !/^(?:bin|dist\/(?:bin|start|rolldown-runtime|version)\b)/.test(path))).toEqual([]);
  expect(lines.filter((line) => line.includes('getdents64') && line.includes(root))).toEqual([]);
});

test('compiled code of another build is not used, even if it has the same length', () => {
  const folder = temporaryFolder();
  const root = join(ENTRY, '../..');
  for (const name of ['bin', 'dist']) cpSync(join(root, name), join(folder, name), { recursive: true });
  const version = () =>
    spawnSync(process.execPath, [join(folder, 'bin/lockstep.js'), '--version'], {
      env: { XDG_CACHE_HOME: folder },
      encoding: 'utf8',
    }).stdout;
  const before = version();
  const number = before.trim().split(' ')[1] ?? '';
  for (const file of globSync(join(folder, 'dist/*.cjs')))
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(number, '7'.repeat(number.length)));
  expect(version()).toBe(before.replace(number, '7'.repeat(number.length)));
});

test('a pipe in the place of compiled code does not make the program wait', () => {
  const folder = temporaryFolder();
  const env = { XDG_CACHE_HOME: folder };
  lockstep(env);
  for (const file of codeIn(folder)) {
    rmSync(file);
    spawnSync('mkfifo', [file]);
  }
  expect(lockstep(env)).toMatchObject({ status: 0, stderr: '' });
  expect(codeIn(folder).map((file) => statSync(file).isFile())).toEqual(codeIn(folder).map(() => true));
});

test('compiled code that other users can write is not used', () => {
  const folder = temporaryFolder();
  const env = { XDG_CACHE_HOME: folder };
  lockstep(env);
  for (const file of codeIn(folder)) chmodSync(file, 0o666);
  expect(lockstep(env).status).toBe(0);
  expect(codeIn(folder).map((file) => statSync(file).mode & 0o777)).toEqual(codeIn(folder).map(() => 0o600));
});

test('a command that fails keeps no compiled code', () => {
  const folder = temporaryFolder();
  expect(spawnSync(process.execPath, [ENTRY, 'nonsense'], { env: { XDG_CACHE_HOME: folder } }).status).toBe(2);
  expect(codeIn(folder)).toEqual([]);
});

test.each<[what: string, damage: (code: Buffer) => Buffer]>([
  ['is empty', () => Buffer.alloc(0)],
  ['ends early', (code) => code.subarray(0, code.length / 2)],
  ['ends within its digest', (code) => code.subarray(0, 7)],
  ['is all zeros', (code) => Buffer.alloc(code.length)],
  ['has one bit turned', (code) => code.map((byte, at) => (at === code.length >> 1 ? byte ^ 1 : byte)) as Buffer],
  ['is of another build', (code) => Buffer.concat([code, code])],
])('compiled code that %s is made anew', (_, damage) => {
  const folder = temporaryFolder();
  const env = { XDG_CACHE_HOME: folder };
  const version = lockstep(env);
  for (const file of codeIn(folder)) writeFileSync(file, damage(readFileSync(file)));
  expect(lockstep(env)).toEqual(version);
  expect(codeIn(folder).map((file) => isWhole(readFileSync(file)))).toEqual(codeIn(folder).map(() => true));
});

test('works without a cache folder', () => {
  const works = { status: 0, stderr: '' };
  expect(lockstep({})).toMatchObject(works);
  for (const nowhere of ['/dev/null/nowhere', '/proc/nowhere', 'relative', ''])
    expect(lockstep({ XDG_CACHE_HOME: nowhere, HOME: nowhere })).toMatchObject(works);
});

test('an uncaught exception is a bug, and its text is not shown', () => {
  const bomb = `process.on('newListener', (name) => {
    if (name === 'uncaughtException') setImmediate(() => { throw new TypeError('hunter' + 2); });
  })`;
  const { status, stderr } = lockstep({}, '--import', `data:text/javascript,${encodeURIComponent(bomb)}`);
  expect(status).toBe(4);
  expect(stderr).toMatch(/^error: this is a bug in Lockstep: TypeError\n/);
  expect(stderr).not.toContain('hunter2');
});

test.each([
  ['an option of Node', {}, ['--inspect=0'], '--inspect'],
  ['NODE_OPTIONS', { NODE_OPTIONS: '--report-on-signal' }, [], '--report-on-signal'],
] as const)('a command that unseals values refuses %s that could show them', (_, env, options, named) => {
  for (const command of [['secret', 'list'], ['mcp']]) {
    const { status, stderr } = spawnSync(process.execPath, [...options, ENTRY, ...command], { env, encoding: 'utf8' });
    expect(status).toBe(3);
    expect(stderr).toContain(
      `error: Node runs with ${named}, which could show secret values\n  next: unset NODE_OPTIONS\n`,
    );
  }
  expect(lockstep(env, ...options).status).toBe(0);
});
