import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ChildEnd, type ChildRequest, runChild } from '../../src/process/child.ts';
import { killAllChildren } from '../../src/process/group.ts';
import { Holder } from '../rig/held-child.ts';

const CANARY = 'canary-9c1f';

let folder: string;
let holder: Holder;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'child-'));
  holder = await Holder.open();
});

afterEach(() => {
  holder.close();
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

function request(file: string, args: readonly string[], more: Partial<ChildRequest> = {}): ChildRequest {
  return { file, args, cwd: folder, env: { PATH: '/usr/bin:/bin' }, graceMs: 100, onOutput: () => undefined, ...more };
}

const sh = (script: string, more: Partial<ChildRequest> = {}) => request('sh', ['-c', script], more);
const held = (more: Partial<ChildRequest> = {}) => request(process.execPath, holder.args, more);

/** Runs to the end and gives back all that came out. */
async function collect(asked: ChildRequest): Promise<{ end: ChildEnd; stdout: Buffer; stderr: Buffer }> {
  const chunks: Record<'stdout' | 'stderr', Uint8Array[]> = { stdout: [], stderr: [] };
  const end = await runChild({ ...asked, onOutput: (stream, chunk) => void chunks[stream].push(chunk) });
  return { end, stdout: Buffer.concat(chunks.stdout), stderr: Buffer.concat(chunks.stderr) };
}

describe('how a child ends', () => {
  test.each([0, 1, 3, 255])('exit code %i', async (code) => {
    expect(await runChild(sh(`exit ${code}`))).toEqual({ kind: 'exit', code });
  });

  test.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'])('by %s', async (signal) => {
    expect(await runChild(sh(`kill -${signal.slice(3)} $$`))).toEqual({ kind: 'signal', signal });
  });

  test.each([
    ['not-found', () => request(`no-${CANARY}`, [])],
    ['not-found', () => request(`./${CANARY}/x`, [])],
    ['not-executable', () => request('/etc/passwd', [])],
    ['not-executable', () => request('/etc', [])],
    ['no-such-folder', () => request('true', [], { cwd: `/no-${CANARY}` })],
    ['no-such-folder', () => request('true', [], { cwd: '/etc/passwd' })],
    ['argument-too-long', () => request('true', [CANARY.repeat(300_000)])],
    ['not-found', () => request(`no-${CANARY}`, [], { stdin: Buffer.from(CANARY) })],
    ['other', () => request('true', [`${CANARY}\0`])],
    ['other', () => request('true', [], { env: { A: `${CANARY}\0` } })],
    ['other', () => request('true', [], { env: { [`A=${CANARY}`]: '' } })],
    ['other', () => request('', [])],
  ] as const)('not started: %s', async (why, make) => {
    expect(await runChild(make())).toEqual({ kind: 'not-started', failure: why });
  });

  test('its output arrives in order, separate by stream, and complete', async () => {
    const { stdout, stderr } = await collect(sh('printf a; printf 1 >&2; printf "b\\0\\377"; printf 2 >&2'));
    expect([...stdout]).toEqual([0x61, 0x62, 0, 0xff]);
    expect(stderr.toString()).toBe('12');
  });

  test('a consumer that throws kills the child, and its error comes back unchanged', async () => {
    const failure = new Error('the consumer failed');
    const running = runChild(held({ graceMs: 60_000, onOutput: () => Promise.reject(failure) }));
    const child = await holder.next();
    void child.tell({ do: 'write', stream: 'stdout', text: 'x' });
    await expect(running).rejects.toBe(failure);
    await child.gone;
  });
});

describe('what a child is given', () => {
  test('exactly the environment asked for, byte for byte', async () => {
    vi.stubEnv('NODE_V8_COVERAGE', join(folder, 'coverage'));
    vi.stubEnv('AMBIENT', CANARY);
    for (let round = 0; round < 50; round++) {
      const env = randomEnvironment(round);
      const { stdout } = await collect(request('/usr/bin/cat', ['/proc/self/environ'], { env }));
      expect(stdout).toEqual(
        Buffer.from(
          Object.entries(env)
            .map(([name, value]) => `${name}=${value}\0`)
            .join(''),
        ),
      );
    }
  });

  test('its command line and output are not printed when NODE_DEBUG makes execa log', () => {
    const module = join(import.meta.dirname, '../../src/process/child.ts');
    const script = `import { runChild } from ${JSON.stringify(module)};
      const request = ${JSON.stringify(request('echo', [CANARY]))};
      const end = await runChild({ ...request, onOutput() {} });
      console.log(end.kind);`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, NODE_DEBUG: 'execa' },
      encoding: 'utf8',
    });
    expect({ stdout, stderr }).toEqual({ stdout: 'exit\n', stderr: '' });
  });

  test('programs from its own PATH', async () => {
    writeFileSync(join(folder, 'only-here'), '#!/bin/sh\necho found', { mode: 0o755 });
    const { stdout } = await collect(request('only-here', [], { env: { PATH: folder }, cwd: '/' }));
    expect(stdout.toString()).toBe('found\n');
  });

  test('arguments unchanged', async () => {
    const args = ['', ' ', '"', "'", '$(id)', '\\', '\n', '*', 'ü'];
    const { stdout } = await collect(request('printf', ['%s\\0', ...args]));
    expect(stdout.toString().split('\0').slice(0, -1)).toEqual(args);
  });

  test('its input', async () => {
    const stdin = Buffer.from('x'.repeat(1_000_000));
    expect((await collect(request('cat', [], { stdin }))).stdout).toEqual(stdin);
  });

  test('an empty input when no input is given', async () => {
    expect(await runChild(request('cat', []))).toEqual({ kind: 'exit', code: 0 });
  });

  test('input that it never reads is not a failure', async () => {
    expect(await runChild(request('true', [], { stdin: new Uint8Array(10_000_000) }))).toEqual({
      kind: 'exit',
      code: 0,
    });
  });
});

describe('stopping', () => {
  test('nothing starts after a cancel', async () => {
    for (const name of ['signal', 'killSignal']) {
      const end = await runChild(sh('touch started', { [name]: AbortSignal.abort() }));
      expect(end).toEqual({ kind: 'cancelled' });
    }
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });

  test('a cancel that comes while the child starts takes effect', async () => {
    const controller = new AbortController();
    const running = runChild(sh('sleep 600', { signal: controller.signal }));
    controller.abort();
    expect(await running).toEqual({ kind: 'cancelled' });
  });

  test('a cancel sends TERM first', async () => {
    const controller = new AbortController();
    const onOutput = () => controller.abort();
    const script = 'trap "touch asked; exit 7" TERM; echo ready; while :; do sleep 0.01; done';
    expect(await runChild(sh(script, { signal: controller.signal, graceMs: 60_000, onOutput }))).toEqual({
      kind: 'cancelled',
    });
    expect(existsSync(join(folder, 'asked'))).toBe(true);
  });

  test('a child that ignores TERM is killed after the grace period', async () => {
    const controller = new AbortController();
    const running = runChild(held({ signal: controller.signal }));
    const child = await holder.next();
    await child.tell({ do: 'ignore', signal: 'SIGTERM' });
    controller.abort();
    expect(await running).toEqual({ kind: 'cancelled' });
    await child.gone;
  });

  test('the second signal does not wait for the grace period', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const running = runChild(held({ signal: first.signal, killSignal: second.signal, graceMs: 600_000 }));
    const child = await holder.next();
    await child.tell({ do: 'ignore', signal: 'SIGTERM' });
    first.abort();
    second.abort();
    expect(await running).toEqual({ kind: 'cancelled' });
    await child.gone;
  });

  test('a timeout reaches the whole group, even if it ignores TERM', async () => {
    const output: string[] = [];
    const onOutput = (_: string, chunk: Uint8Array) => void output.push(Buffer.from(chunk).toString());
    const script =
      'trap "echo asked" TERM; (trap "" TERM; while :; do sleep 0.01; done) & while :; do sleep 0.01; done';
    expect(await runChild(sh(script, { timeoutMs: 700, onOutput }))).toEqual({ kind: 'timeout' });
    expect(output.join('')).toContain('asked');
  });

  test('the first reason is kept', async () => {
    const controller = new AbortController();
    const running = runChild(held({ signal: controller.signal, timeoutMs: 3_000, graceMs: 600_000 }));
    const child = await holder.next();
    await child.tell({ do: 'ignore', signal: 'SIGTERM' });
    controller.abort();
    await child.tell({ do: 'exit', code: 5 });
    expect(await running).toEqual({ kind: 'cancelled' });
  });

  test('a consumer that never answers cannot hold up a cancel', async () => {
    const controller = new AbortController();
    const onOutput = () => {
      controller.abort();
      return new Promise<void>(() => undefined);
    };
    expect(await runChild(sh('echo x; sleep 600', { signal: controller.signal, onOutput }))).toEqual({
      kind: 'cancelled',
    });
  });

  test('killAllChildren reaches running children', async () => {
    const running = runChild(held());
    await holder.next();
    killAllChildren('SIGKILL');
    expect(await running).toEqual({ kind: 'signal', signal: 'SIGKILL' });
  });
});

describe('what a child leaves behind', () => {
  test('a process of its group is ended with it', async () => {
    const running = runChild(held({ graceMs: 600_000 }));
    const child = await holder.next();
    await child.tell({ do: 'fork', escape: false });
    const orphan = await holder.next();
    await child.tell({ do: 'exit', code: 4 });
    expect(await running).toEqual({ kind: 'exit', code: 4 });
    await orphan.gone;
  });

  test('a process that was forked twice and ignores TERM is killed', async () => {
    const running = runChild(held());
    const child = await holder.next();
    await child.tell({ do: 'fork', escape: false });
    const middle = await holder.next();
    await middle.tell({ do: 'fork', escape: false });
    const orphan = await holder.next();
    await orphan.tell({ do: 'ignore', signal: 'SIGTERM' });
    await middle.tell({ do: 'exit', code: 0 });
    await child.tell({ do: 'exit', code: 0 });
    expect(await running).toEqual({ kind: 'exit', code: 0 });
    await orphan.gone;
  });

  test('a process that left the group and holds the output open does not delay the end', async () => {
    const output: string[] = [];
    const running = runChild(held({ onOutput: (_, chunk) => void output.push(Buffer.from(chunk).toString()) }));
    const child = await holder.next();
    await child.tell({ do: 'fork', escape: true });
    const escaped = await holder.next();
    await escaped.tell({ do: 'write', stream: 'stdout', text: 'said in time' });
    await child.tell({ do: 'exit', code: 0 });
    expect(await running).toEqual({ kind: 'exit', code: 0 });
    expect(output.join('')).toBe('said in time');
    process.kill(escaped.pid, 0);
  });

  test('a runner that exits takes its children along', async () => {
    const script = join(folder, 'runner.mjs');
    const module = join(import.meta.dirname, '../../src/process/child.ts');
    const inner = { file: process.execPath, args: holder.args, cwd: folder, env: {}, graceMs: 600_000 };
    writeFileSync(
      script,
      `import { runChild } from ${JSON.stringify(module)};
       process.stdin.once('end', () => process.exit(0)).resume();
       await runChild({ ...${JSON.stringify(inner)}, onOutput() {} });`,
    );
    const runner = spawn(process.execPath, [script], { stdio: ['pipe', 'ignore', 'inherit'] });
    const child = await holder.next();
    await child.tell({ do: 'ignore', signal: 'SIGTERM' });
    runner.stdin.end();
    await child.gone;
  });
});

describe('a slow consumer', () => {
  test('gets everything, in order, one chunk at a time, also after the child has exited', async () => {
    const release = Promise.withResolvers<void>();
    const chunks: Uint8Array[] = [];
    let [inside, most] = [0, 0];
    const onOutput = async (_: string, chunk: Uint8Array) => {
      most = Math.max(most, ++inside);
      chunks.push(chunk);
      await release.promise;
      inside -= 1;
    };
    const running = runChild(held({ onOutput }));
    const child = await holder.next();
    await child.tell({ do: 'write', stream: 'stdout', text: 'first' });
    while (chunks.length === 0) await setImmediate();
    void child.tell({ do: 'write', stream: 'stdout', text: '0123456789', times: 5_000 });
    await child.tell({ do: 'exit', code: 0 });
    while (existsSync(`/proc/${child.pid}`)) await setImmediate();
    for (let turn = 0; turn < 20; turn++) await setImmediate();
    release.resolve();
    expect(await running).toEqual({ kind: 'exit', code: 0 });
    expect(Buffer.concat(chunks).toString()).toBe(`first${'0123456789'.repeat(5_000)}`);
    expect(most).toBe(1);
  });

  test('gets 50 MB in order', async () => {
    const asked = 'seq 1 7000000';
    const [expected] = (await collect(sh(`${asked} | sha256sum`))).stdout.toString().split(' ');
    const hash = createHash('sha256');
    const onOutput = async (_: string, chunk: Uint8Array) => {
      hash.update(chunk);
      await setImmediate();
    };
    expect(await runChild(sh(asked, { onOutput }))).toEqual({ kind: 'exit', code: 0 });
    expect(hash.digest('hex')).toBe(expected);
  });

  test('makes the child wait instead of buffering its output', async () => {
    let [bytes, highest] = [0, 0];
    const before = process.memoryUsage.rss();
    const onOutput = async (_: string, chunk: Uint8Array) => {
      bytes += chunk.length;
      for (let turn = 0; turn < 3; turn++) await setImmediate();
      highest = Math.max(highest, process.memoryUsage.rss() - before);
    };
    expect(await runChild(sh('head -c 400000000 /dev/zero', { onOutput }))).toEqual({ kind: 'exit', code: 0 });
    expect(bytes).toBe(400_000_000);
    expect(highest).toBeLessThan(150_000_000);
  });
});

function randomEnvironment(seed: number): Record<string, string> {
  const bytes = createHash('shake256', { outputLength: 400 }).update(String(seed)).digest();
  const env: Record<string, string> = {};
  for (let at = 0; at + 20 < bytes.length && at < seed * 20; at += 20) {
    const name = `V${bytes.subarray(at, at + 4).toString('hex')}`;
    env[name] = bytes
      .subarray(at + 4, at + 20)
      .toString('utf16le')
      .toWellFormed()
      .replaceAll('\0', '=\n');
  }
  return env;
}
