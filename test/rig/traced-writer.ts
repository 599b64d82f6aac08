import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Task } from './vault-writer.ts';

const PROGRAM = join(import.meta.dirname, 'vault-writer.ts');
/** All file work in one thread, by plain system calls, so that they can be counted and come again in the same order. */
const ONE_AFTER_ANOTHER = { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };

export interface Traced {
  /** The change was acknowledged. */
  readonly done: boolean;
  /** The code of the error that it ended with, if it got to say one. */
  readonly refused: string | undefined;
  /** One text for each thread: what strace wrote. */
  readonly threads: readonly string[];
}

/** Why system calls cannot be traced here; empty when they can. */
export function tracingObstacle(): string {
  const { status, error } = spawnSync('strace', ['-o', '/dev/null', 'true']);
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? '' : 'this machine does not let strace trace';
}

/** Runs one change under strace with these arguments: the change itself alone, not what loads the program. */
export async function traceWriter(
  task: Task,
  straceArgs: readonly string[],
  beforeItBegins: (pid: number) => void = () => undefined,
): Promise<Traced> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-trace-'));
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(task)], {
    env: { ...process.env, ...ONE_AFTER_ANOTHER },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  try {
    const output = collect(child);
    const ended = once(child, 'close');
    await heard(child.stdout, /^ready$/m);
    const strace = spawn('strace', ['-ff', '-qq', '-p', String(child.pid), '-o', join(folder, 't'), ...straceArgs], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const traceEnded = once(strace, 'close');
    await attached(child.pid ?? 0, strace);
    beforeItBegins(child.pid ?? 0);
    child.stdin?.on('error', () => undefined);
    child.stdin?.write('\n');
    await ended;
    await traceEnded;
    const threads = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const [, refused] = /^refused (.*)$/m.exec(output()) ?? [];
    return { done: /^done$/m.test(output()), refused, threads };
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

function collect(child: ChildProcess): () => string {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return () => output;
}

async function heard(stream: NodeJS.ReadableStream, words: RegExp): Promise<void> {
  let text = '';
  const listen = (chunk: Buffer | string) => {
    text += chunk;
  };
  stream.on('data', listen);
  while (!words.test(text)) await once(stream, 'data');
  stream.off('data', listen);
}

/** Every thread has its tracer: only then does each of its calls count. */
async function attached(pid: number, strace: ChildProcess): Promise<void> {
  for (;;) {
    const threads = readdirSync(`/proc/${pid}/task`);
    const isTraced = (thread: string) =>
      !/^TracerPid:\t0$/m.test(readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'));
    if (threads.every(isTraced)) return;
    if (strace.exitCode !== null) throw new Error(`strace ended: ${strace.stderr?.read() ?? ''}`);
    await new Promise((next) => setImmediate(next));
  }
}
