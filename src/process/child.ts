import { once } from 'node:events';
import { LockstepError, limitOf, reasonOfCode } from '../errors.ts';
import { LONGEST_TIMER_MS } from '../util/timing.ts';
import { signalGroup } from './group.ts';
import { GroupEnding } from './group-ending.ts';
import type { PipeMaker } from './output-pipes.ts';
import { OutputPump } from './output-pump.ts';
import { type Exit, type Program, type SpawnFailure, type Started, startProcess } from './start.ts';

export type OutputStream = 'stdout' | 'stderr';

export interface ChildRequest extends Program {
  /** Without it the child reads an empty /dev/null; `inherit`: what this process was given. */
  readonly stdin?: Uint8Array | 'inherit';
  /** What the child reads from its descriptors 3 and on. */
  readonly inputs?: readonly Uint8Array[];
  /**
   * Present: the child writes a line to the descriptor after its inputs once it is set up, and begins when it is answered
   * there, which is when this promise has settled, too. If it rejects, the child never begins. @param ended aborted when the child ends
   */
  gate?(pid: number, ended: AbortSignal): Promise<void>;
  /** Present: the child writes to pipes of the system, and `together` to one for both streams, which is then `stdout`. */
  readonly pipes?: PipeMaker;
  readonly streams?: 'together' | 'apart';
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

/** How the child ended. The first of several reasons counts. */
export type ChildEnd =
  | Exit
  | { readonly kind: 'timeout' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'not-started'; readonly failure: SpawnFailure };

/**
 * For callers to whom a program that says nothing means something: that there is none, or no repository.
 * @throws LockstepError `system/limit` where a limit of the system kept it from starting
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
 * Runs one program in a process group of its own and settles when the group is gone and its output was delivered.
 * What the program leaves running in its group when it exits is ended too: TERM, grace, KILL. After a timeout or a cancel
 * it settles within the grace and about 2 s; after a plain exit it waits for `onOutput` as long as that takes.
 * Rejects only with what `onOutput` throws (the child is killed first): an end of any kind is a value, and no value holds
 * a word of the command line, the environment or the output.
 */
export async function runChild(request: ChildRequest): Promise<ChildEnd> {
  if (request.signal?.aborted || request.killSignal?.aborted) return { kind: 'cancelled' };
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

/** A child that ends before it is set up says nothing, and nobody waits for it. */
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

/** Returns what stops the listening. */
function listenForCancel(request: ChildRequest, stop: (end: ChildEnd) => void, kill: () => void): () => void {
  const { signal, killSignal } = request;
  const cancel = () => stop({ kind: 'cancelled' });
  const cancelAtOnce = () => {
    cancel();
    kill();
  };
  signal?.addEventListener('abort', cancel);
  killSignal?.addEventListener('abort', cancelAtOnce);
  // While the child started nobody listened.
  if (signal?.aborted) cancel();
  if (killSignal?.aborted) cancelAtOnce();
  return () => {
    signal?.removeEventListener('abort', cancel);
    killSignal?.removeEventListener('abort', cancelAtOnce);
  };
}
