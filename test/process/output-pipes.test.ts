import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ChildRequest, runChild } from '../../src/process/child.ts';
import { findMkfifo, PipeMaker } from '../../src/process/output-pipes.ts';

let folder: string;
let pipes: PipeMaker;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pipes-'));
  pipes = new PipeMaker(() => mkdtempSync(join(folder, 'batch-')), findMkfifo({ PATH: '/usr/bin:/bin' }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function written(script: string, more: Partial<ChildRequest> = {}) {
  const chunks = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  const end = await runChild({
    file: '/bin/sh',
    args: ['-c', script],
    cwd: folder,
    env: { PATH: '/usr/bin:/bin' },
    graceMs: 100,
    pipes,
    onOutput: (stream, chunk) => void chunks[stream].push(chunk),
    ...more,
  });
  return { end, stdout: `${Buffer.concat(chunks.stdout)}`, stderr: `${Buffer.concat(chunks.stderr)}` };
}

const SUCCESS = { kind: 'exit', code: 0 };

test('one pipe keeps the lines of both streams in the order in which they were written', async () => {
  const lines = Array.from({ length: 500 }, (_, at) => `out ${at}\nerr ${at}\n`).join('');
  const script = 'at=0; while [ $at -lt 500 ]; do echo out $at; echo err $at >&2; at=$((at + 1)); done';
  expect(await written(script, { streams: 'together' })).toEqual({ end: SUCCESS, stdout: lines, stderr: '' });
});

test.each(['together', 'apart'] as const)('a script opens its streams by their names: %s', async (streams) => {
  const { end, stdout, stderr } = await written('echo a >/dev/stdout; echo b >/dev/stderr; echo c | tee /dev/stderr', {
    streams,
  });
  expect(end).toEqual(SUCCESS);
  expect([stdout, stderr]).toEqual(streams === 'together' ? ['a\nb\nc\nc\n', ''] : ['a\nc\n', 'b\nc\n']);
});

test('each of many concurrent processes has its own pipe', async () => {
  const all = await Promise.all(Array.from({ length: 100 }, (_, at) => written(`echo ${at}; echo ${at} >&2`)));
  expect(all).toEqual(all.map((_, at) => ({ end: SUCCESS, stdout: `${at}\n`, stderr: `${at}\n` })));
});

test('a process that outlives its step delays no other, and writes into no other', async () => {
  const first = await written("setsid sh -c 'sleep 30; echo late' & echo first");
  expect(first).toEqual({ end: SUCCESS, stdout: 'first\n', stderr: '' });
  expect((await written('echo second')).stdout).toBe('second\n');
});

test('a program that does not start leaves no descriptor open', async () => {
  const open = () => readdirSync('/proc/self/fd').length;
  await written('true');
  const before = open();
  for (let round = 0; round < 5; round++)
    expect((await written('', { file: '/no/such' })).end).toEqual({ kind: 'not-started', failure: 'not-found' });
  await expect.poll(open).toBe(before);
});

test('a machine without mkfifo gives each stream a socket', async () => {
  const { end, stdout, stderr } = await written('echo a; echo b >&2', { pipes: new PipeMaker(() => folder, null) });
  expect([end, stdout, stderr]).toEqual([SUCCESS, 'a\n', 'b\n']);
});

test('a missing folder makes it use sockets', async () => {
  const gone = new PipeMaker(() => join(folder, 'gone'), '/usr/bin/mkfifo');
  expect((await written('echo a', { pipes: gone })).stdout).toBe('a\n');
});

test('without room for pipes it uses sockets, and tries again for the next process', async () => {
  const folders = ['gone', '.'].map((name) => join(folder, name));
  const maker = new PipeMaker(() => folders.shift() ?? '', findMkfifo({ PATH: '/usr/bin:/bin' }));
  const script = 'echo a >/dev/stderr || echo socket';
  expect((await written(script, { pipes: maker })).stdout).toBe('socket\n');
  expect((await written(script, { pipes: maker })).stderr).toBe('a\n');
});

test('pipes that were cleaned up are made again', async () => {
  await written('true');
  for (const batch of readdirSync(folder)) rmSync(join(folder, batch), { recursive: true });
  expect((await written('echo a >/dev/stderr')).stderr).toBe('a\n');
});
