import { once } from 'node:events';
import { LockstepError, limitOf, reasonOfCode } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../util/timing.ts';
import { signalGroup } from './group.ts';
import { GroupEnding } from './group-ending.ts';
import { endMarked, forgetMark, newMark, variablesOf } from './marked.ts';
import type { PipeMaker } from './output-pipes.ts';
import { OutputPump } from './output-pump.ts';
import { type Exit, type Program, type SpawnFailure, type Started, startProcess } from './start.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ChildRequest extends Program {
  /** Absent: the child reads an empty /dev/null. `inherit`: it reads the standard input of this process. */
  readonly stdin?: Uint8Array | 'inherit';
  /** The contents of the child's descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[];
  /**
   * Present: once it is set up, the child writes a line to the descriptor after its inputs and waits there for an
   * answer, which it gets when this promise resolves. If the promise rejects, the child never begins.
   * @param ended aborted when the child ends
   */
  gate?(pid: number, ended: AbortSignal): Promise<void>;
  /** Present: the child writes to system pipes; with `together`, both streams share one pipe, reported as `stdout`. */
  readonly pipes?: PipeMaker;
  readonly streams?: 'together' | 'apart';
  readonly timeoutMs?: number;
  /** After a timeout or a cancel, also ends what has left the group, as far as it has kept its variables. Linux only. */
  readonly findStrays?: boolean;
  /** The time between TERM and KILL. */
  readonly graceMs: number;
  /** Cancels: TERM, grace, KILL. */
  readonly signal?: AbortSignal;
  /** Cancels at once: KILL. For the second Ctrl-C. */
  readonly killSignal?: AbortSignal;
  /**
   * Called once the child runs. `send` sends a signal to its group (for an interface that forwards its own signals);
   * `group` is the child's pid.
   */
  onStart?(send: (signal: NodeJS.Signals) => void, group: number): void;
  /**
   * While the promise is pending the child's stream is not read, so that a full pipe blocks a child that continues to
   * write.
   */
  onOutput(stream: OutputStream, chunk: Uint8Array): void | Promise<void>;
}

/** How the child ended. If it ended for several reasons, the first one counts. */
export type ChildEnd =
  | Exit
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not-started'; readonly failure: SpawnFailure };

/**
 * For callers that interpret a silent program as an absent one, or as no repository.
 * @throws LockstepError `system/limit` if a system limit kept the program from starting
 */
export function requireStarted(end: ChildEnd, file: string): void {
  if (end.kind !== 'not-started') return;
  const limit = limitOf(end.failure);
  if (limit !== undefined)
    throw new LockstepError('system/limit', `${file} could not be started (${reasonOfCode(end.failure)})`, [
      limit.hint,
    ]);
}

/**
 * Runs one program in a process group of its own and settles when the group is gone and its output was delivered. Also
 * ends the processes that the program leaves running in its group: TERM, grace, KILL. After a timeout or a cancel it
 * settles within the grace and about 2 s; after a plain exit it waits for `onOutput` without a limit. Rejects only with
 * what `onOutput` throws (the child is killed first): every way to end is a value, and no value holds any part of the
 * command line, the environment or the output.
 */
export async function runChild(request: ChildRequest): Promise<ChildEnd> {
  if (request.signal?.aborted || request.killSignal?.aborted) return { kind: 'cancelled' };
  if (!request.findStrays) return start(request);
  const mark = newMark();
  try {
    const end = await start({ ...request, env: { ...request.env, ...variablesOf(mark) } });
    if (end.kind === 'timeout' || end.kind === 'cancelled') await endMarked(mark);
    return end;
  } finally {
    forgetMark(mark);
  }
}

async function start(request: ChildRequest): Promise<ChildEnd> {
  const stdin = request.stdin ?? 'ignore';
  const { inputs = [], gate } = request;
  const pipes = (await request.pipes?.take(request.streams ?? 'apart')) ?? null;
  const output = pipes === null ? 'pipe' : pipes.writeEnds;
  const child = await startProcess(request, { stdin, output, ownGroup: true, inputs, gate: gate !== undefined });
  pipes?.closeWriteEnds();
  if (typeof child !== 'string') return supervise({ ...child, ...pipes?.readers }, request);
  pipes?.dispose();
  return { kind: 'not-started', failure: child };
}

async function supervise(child: Started, request: ChildRequest): Promise<ChildEnd> {
  const ending = new GroupEnding(child.pid, request.graceMs);
  const reason = Promise.withResolvers<ChildEnd>();
  const failures: unknown[] = [];
  const pumps = pumpOutput(child, request, (error) => {
    failures.push(error);
    reason.resolve({ kind: 'cancelled' });
    ending.killNow();
  });
  const stop = (end: ChildEnd): void => {
    reason.resolve(end);
    for (const pump of pumps) pump.hurry();
  };
  const timer = setTimer(request.timeoutMs, () => stop({ kind: 'timeout' }));
  const release = listenForCancel(request, stop, () => ending.killNow());
  void child.exited.then((exit) => {
    clearTimeout(timer);
    reason.resolve(exit);
  });
  request.onStart?.((signal) => void signalGroup(child.pid, signal), child.pid);
  const ended = new AbortController();
  void passGate(child, request, ended.signal).catch(() => {
    reason.resolve({ kind: 'not-started', failure: 'other' });
    ending.killNow();
  });

  const end = await reason.promise;
  ended.abort();
  ending.begin();
  await ending.gone;
  for (const pump of pumps) pump.finish();
  await Promise.all(pumps.map((pump) => pump.done));
  clearTimeout(timer);
  release();
  if (failures.length > 0) throw failures[0];
  return end;
}

/** A child that ends before it is set up writes no line; then nothing waits for it. */
async function passGate({ gate: pipe, pid }: Started, { gate }: ChildRequest, ended: AbortSignal): Promise<void> {
  if (pipe === null || gate === undefined) return;
  pipe.on('error', () => undefined);
  const isSetUp = once(pipe, 'data', { signal: ended }).catch(() => undefined);
  await Promise.all([isSetUp, gate(pid, ended)]);
  if (!ended.aborted) pipe.end('go\n');
}

/** Node's timers end at 2^31 ms and fire at once beyond it. */
function setTimer(ms: number | undefined, act: () => void): NodeJS.Timeout | undefined {
  return ms === undefined ? undefined : setTimeout(act, Math.min(ms, LONGEST_TIMER_MS));
}

function pumpOutput(child: Started, request: ChildRequest, failed: (error: unknown) => void): OutputPump[] {
  return (['stdout', 'stderr'] as const).flatMap((name) => {
    const stream = child[name];
    return stream === null ? [] : [new OutputPump(stream, (chunk) => request.onOutput(name, chunk), failed)];
  });
}

/** Returns a function that stops listening. */
function listenForCancel(request: ChildRequest, stop: (end: ChildEnd) => void, kill: () => void): () => void {
  const { signal, killSignal } = request;
  const cancel = () => stop({ kind: 'cancelled' });
  const cancelAtOnce = () => {
    cancel();
    kill();
  };
  signal?.addEventListener('abort', cancel);
  killSignal?.addEventListener('abort', cancelAtOnce);
  // The signal may have been aborted while the child started, before this listened.
  if (signal?.aborted) cancel();
  if (killSignal?.aborted) cancelAtOnce();
  return () => {
    signal?.removeEventListener('abort', cancel);
    killSignal?.removeEventListener('abort', cancelAtOnce);
  };
}
