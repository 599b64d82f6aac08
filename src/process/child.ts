import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { systemCode } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../util/monotonic.ts';
import { signalGroup } from './group.ts';
import { GroupEnding } from './group-ending.ts';
import { OutputPump } from './output-pump.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ChildRequest {
  /** A path, or a name that is looked up in `env.PATH`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The child's whole environment: nothing is added and nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Without it the child reads an empty /dev/null; `inherit`: what this process was given. */
  readonly stdin?: Uint8Array | 'inherit';
  readonly timeoutMs?: number;
  /** From TERM to KILL. */
  readonly graceMs: number;
  /** Cancels: TERM, grace, KILL. */
  readonly signal?: AbortSignal;
  /** Cancels at once: KILL. For the second Ctrl-C. */
  readonly killSignal?: AbortSignal;
  /**
   * Called once the child runs, with what sends its group a signal as it is (for a face that passes its own on), and the
   * group: the child's pid.
   */
  onStart?(send: (signal: NodeJS.Signals) => void, group: number): void;
  /** While the promise is pending the child's stream is not read, so a child that writes on is held up by its pipe. */
  onOutput(stream: OutputStream, chunk: Uint8Array): void | Promise<void>;
}

export type NotStarted = 'not-found' | 'not-executable' | 'no-such-folder' | 'argument-too-long' | 'other';

/** How the child ended. Of several reasons the first one stands. */
export type ChildEnd =
  | { readonly how: 'exit'; readonly code: number }
  | { readonly how: 'signal'; readonly signal: string }
  | { readonly how: 'timeout' }
  | { readonly how: 'cancelled' }
  | { readonly how: 'not-started'; readonly why: NotStarted };

/**
 * Runs one program in a process group of its own and settles when the group is gone and its output was delivered.
 * What the program leaves running in its group when it exits is ended too: TERM, grace, KILL. After a timeout or a cancel
 * it settles within the grace and about 2 s; after a plain exit it waits for `onOutput` as long as that takes.
 * Rejects only with what `onOutput` throws (the child is killed first): an end of any kind is a value, and no value holds
 * a word of the command line, the environment or the output.
 */
export async function runChild(request: ChildRequest): Promise<ChildEnd> {
  if (request.signal?.aborted || request.killSignal?.aborted) return { how: 'cancelled' };
  if (!canBePassed(request)) return { how: 'not-started', why: 'other' };
  const child = await launch(request);
  return 'how' in child ? child : supervise(child, request);
}

/** A NUL would end a string early, and a "=" in a name would make another variable of it. */
function canBePassed({ file, args, cwd, env }: ChildRequest): boolean {
  const names = Object.keys(env);
  const words = [file, cwd, ...args, ...names, ...Object.values(env)];
  return file !== '' && !words.some((word) => word.includes('\0')) && !names.some((name) => /^$|=/.test(name));
}

interface Launched {
  readonly group: number;
  readonly process: ChildProcess;
}

async function launch(request: ChildRequest): Promise<Launched | ChildEnd> {
  try {
    const child = start(request);
    if (child.pid !== undefined) return { group: child.pid, process: child };
    const [error] = await once(child, 'error');
    return { how: 'not-started', why: whyNotStarted(systemCode(error), request.cwd) };
  } catch (error) {
    // What the system refuses at once, such as too long a command line, is thrown and not told by an event.
    return { how: 'not-started', why: whyNotStarted(systemCode(error), request.cwd) };
  }
}

/**
 * By Node itself and no library: of what one does beyond this (buffers, errors that carry the command line) nothing is
 * wanted here, and it would cost more than half as much as the process itself (`npm run bench -- steps`).
 */
function start({ file, args, cwd, env, stdin }: ChildRequest): ChildProcess {
  return spawn(file, args, {
    cwd,
    // Node hands its own NODE_V8_COVERAGE to every child whose environment does not mention it.
    env: { NODE_V8_COVERAGE: undefined, ...env },
    stdio: [stdin === undefined ? 'ignore' : stdin === 'inherit' ? 'inherit' : 'pipe', 'pipe', 'pipe'],
    detached: process.platform !== 'win32',
  });
}

/** The system says ENOENT of a missing program and of a missing folder alike. */
function whyNotStarted(code: string | undefined, cwd: string): NotStarted {
  if (code === 'E2BIG') return 'argument-too-long';
  if (!isUsableFolder(cwd)) return 'no-such-folder';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'not-found';
  return code === 'EACCES' || code === 'ENOEXEC' || code === 'EISDIR' ? 'not-executable' : 'other';
}

function isUsableFolder(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

async function supervise(child: Launched, request: ChildRequest): Promise<ChildEnd> {
  const ending = new GroupEnding(child.group, request.graceMs);
  const reason = Promise.withResolvers<ChildEnd>();
  const failures: unknown[] = [];
  const pumps = pumpOutput(child.process, request, (error) => {
    failures.push(error);
    reason.resolve({ how: 'cancelled' });
    ending.killNow();
  });
  const stop = (end: ChildEnd): void => {
    reason.resolve(end);
    for (const pump of pumps) pump.hurry();
  };
  const timer = setTimer(request.timeoutMs, () => stop({ how: 'timeout' }));
  const release = listenForCancel(request, stop, () => ending.killNow());
  child.process.on('exit', (code, signal) => {
    clearTimeout(timer);
    reason.resolve(exitOf(code, signal));
  });
  writeInput(child.process, request.stdin);
  request.onStart?.((signal) => void signalGroup(child.group, signal), child.group);

  const end = await reason.promise;
  ending.begin();
  await ending.gone;
  for (const pump of pumps) pump.finish();
  await Promise.all(pumps.map((pump) => pump.done));
  clearTimeout(timer);
  release();
  if (failures.length > 0) throw failures[0];
  return end;
}

/** Node's timers end at 2^31 ms and fire at once beyond it. */
function setTimer(ms: number | undefined, act: () => void): NodeJS.Timeout | undefined {
  return ms === undefined ? undefined : setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
}

function exitOf(code: number | null, signal: string | null): ChildEnd {
  return code === null ? { how: 'signal', signal: signal ?? 'unknown' } : { how: 'exit', code };
}

function pumpOutput(child: ChildProcess, request: ChildRequest, failed: (error: unknown) => void): OutputPump[] {
  return (['stdout', 'stderr'] as const).flatMap((name) => {
    const stream = child[name];
    return stream === null ? [] : [new OutputPump(stream, (chunk) => request.onOutput(name, chunk), failed)];
  });
}

/** Returns what stops the listening. */
function listenForCancel(request: ChildRequest, stop: (end: ChildEnd) => void, kill: () => void): () => void {
  const { signal, killSignal } = request;
  const cancel = () => stop({ how: 'cancelled' });
  const cancelAtOnce = () => {
    cancel();
    kill();
  };
  signal?.addEventListener('abort', cancel);
  killSignal?.addEventListener('abort', cancelAtOnce);
  return () => {
    signal?.removeEventListener('abort', cancel);
    killSignal?.removeEventListener('abort', cancelAtOnce);
  };
}

/** A child that does not read its input is no failure, so what its broken pipe says is not heard. */
function writeInput({ stdin }: ChildProcess, bytes: ChildRequest['stdin']): void {
  if (stdin === null || bytes === undefined || bytes === 'inherit') return;
  stdin.on('error', () => undefined);
  stdin.end(bytes);
}
