import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { rolldown } from 'rolldown';
import type { Task } from './vault-writer.ts';

/** All that Node does with files beside its event loop is done by one thread, so that its calls come in the same order each time. */
const ONE_AFTER_ANOTHER = { UV_THREADPOOL_SIZE: '1', UV_USE_IO_URING: '0' };

/** `files` writes, syncs and renames; `main` reads the vault, and works. */
export type Thread = 'files' | 'main';

export interface Traced {
  /** The change was acknowledged. */
  readonly done: boolean;
  /** The code of the error that it ended with, if it got to say one. */
  readonly refused: string | undefined;
  /** What strace wrote. */
  readonly calls: string;
}

/** Why system calls cannot be traced here; empty when they can. */
export function tracingObstacle(): string {
  const { status, error } = spawnSync('strace', ['-o', '/dev/null', 'true']);
  if (error !== undefined) return 'strace is not installed';
  return status === 0 ? '' : 'this machine does not let strace trace';
}

/** Makes one file of vault-writer.ts, which loads in a tenth of the time. Resolves to its path in `folder`. */
export async function bundleWriter(folder: string): Promise<string> {
  const input = join(import.meta.dirname, 'vault-writer.ts');
  await using bundle = await rolldown({ input, platform: 'node' });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'writer.mjs', chunkFileNames: '[name].mjs' });
  return join(folder, 'writer.mjs');
}

/** That program, of which one thread is traced while it does a task: the change itself alone, not what loads the program. */
export class TracedWriter implements Disposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #said: AsyncIterator<string>;
  #hasEnded = false;

  private constructor(program: string) {
    const env = { ...process.env, ...ONE_AFTER_ANOTHER };
    this.#child = spawn(process.execPath, [program], { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => undefined);
    this.#said = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  static async start(program: string): Promise<TracedWriter> {
    const writer = new TracedWriter(program);
    const { value } = await writer.#said.next();
    if (value !== 'ready') throw new Error(`a writer began by saying ${value}`);
    return writer;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** It was killed in its task; else it may be given another. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async trace(task: Task, thread: Thread, straceArgs: readonly string[]): Promise<Traced> {
    const traced = thread === 'main' ? this.pid : fileThreadOf(this.pid);
    const strace = spawn('strace', ['-p', String(traced), ...straceArgs], { stdio: ['ignore', 'ignore', 'pipe'] });
    const calls = collect(strace.stderr);
    const traceEnded = once(strace, 'close');
    await Promise.race([heard(strace.stderr, /attached$/m), traceEnded.then(endedEarly)]);
    this.#child.stdin.write(`${JSON.stringify(task)}\n`);
    const { value = '', done: hasEnded = false } = await this.#said.next();
    this.#hasEnded = hasEnded;
    // It lets go of the thread, unless that has died and taken it along.
    strace.kill('SIGTERM');
    await traceEnded;
    const [, refused] = /^refused (.*)$/.exec(value) ?? [];
    return { done: value === 'done', refused, calls: calls() };
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let output = '';
  stream.setEncoding('utf8').on('data', (text: string) => {
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

function fileThreadOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const found = threads.filter((one) => /^libuv-worker/.test(nameOf(`/proc/${pid}/task/${one}`)));
  if (found.length !== 1) throw new Error(`${found.length} threads of this writer work on files`);
  return Number(found[0]);
}

/** Empty when it has ended since it was listed. */
function nameOf(thread: string): string {
  try {
    return readFileSync(`${thread}/comm`, 'utf8');
  } catch {
    return '';
  }
}

function endedEarly(): never {
  throw new Error('strace ended before it began');
}
