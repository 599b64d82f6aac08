import { isatty } from 'node:tty';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import { closeInheritedDescriptors } from '../process/inherited.ts';
import { monotonicMs } from '../util/timing.ts';
import type { AskOptions } from './terminal/ask.ts';
import { Interruption } from './terminal/interruption.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface OutputFailure {
  readonly stream: 'standard output' | 'standard error';
  /** The code of the system error: ENOSPC, EIO, ... */
  readonly reason: string;
}

/** The environment of the process, read here once and passed down. Streams are opened on first use. */
export interface Context {
  readonly env: Environment;
  /** What this process runs: Node and the script, absolute. */
  readonly program: readonly string[];
  /** Absolute. Throws `file/unreadable` when the working folder has been removed. */
  readonly cwd: string;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  readonly terminal: { readonly stdin: boolean; readonly stdout: boolean; readonly stderr: boolean };
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
  /** Width of the terminal; 80 without a terminal. */
  readonly columns: number;
  /** Height of the terminal; 24 without a terminal. */
  readonly rows: number;
  /** Aborted by the first Ctrl-C, SIGTERM or SIGHUP. Reading it replaces the system's handling; readers wind down. */
  readonly signal: AbortSignal;
  /** The signal that cancelled the command, such as SIGTERM; undefined if none did. */
  readonly cancelledBy: string | undefined;
  /** The first failed write to either stream. A reader that closes its end does not count. */
  readonly outputFailure: OutputFailure | undefined;
  /** Aborted by the second signal. */
  readonly urgent: AbortSignal;
  /** Passes signals for this process to another, unchanged, until the returned function is called. */
  relaySignals(to: (signal: NodeJS.Signals) => void): () => void;
  /** Closes descriptors left open by our parent: steps would inherit them, and a folder leads out of a sandbox. */
  closeInherited(): void;
  /**
   * Asks at the terminal, on standard error, and returns the answer without its line end; `hidden` does not show the
   * answer. Throws `terminal/needed` where no one can answer, and an AbortError on Ctrl-C or an aborted signal.
   */
  ask(question: string, options?: AskOptions): Promise<string>;
}

/** The context of this process. */
export function processContext(program: readonly string[] = []): Context {
  const env: Environment = Object.freeze({ ...process.env });
  const interruption = new Interruption(process, monotonicMs);
  let outputFailure: OutputFailure | undefined;
  const guarded = once((stream: NodeJS.WriteStream, name: OutputFailure['stream']) =>
    guard(stream, (error) => {
      if (!hasLostReader(stream, error)) outputFailure ??= { stream: name, reason: systemReason(error) };
      interruption.cancel();
    }),
  );
  return {
    ...terminalOf(env),
    env,
    program,
    get cwd() {
      return currentFolder();
    },
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return guarded(process.stdout, 'standard output');
    },
    get stderr() {
      return guarded(process.stderr, 'standard error');
    },
    get columns() {
      return (isatty(1) && process.stdout.columns) || 80;
    },
    get rows() {
      return (isatty(1) && process.stdout.rows) || 24;
    },
    get signal() {
      return interruption.signal;
    },
    get cancelledBy() {
      return interruption.received;
    },
    get outputFailure() {
      return outputFailure;
    },
    get urgent() {
      return interruption.urgent;
    },
    closeInherited: () => closeInheritedDescriptors(env.NODE_CHANNEL_FD),
    relaySignals: (to) => interruption.relay(to),
    ask: async (text, options = {}) => (await import('./terminal/ask.ts')).askAtTerminal(text, options, interruption),
  };
}

function terminalOf(env: Environment): Pick<Context, 'terminal' | 'color'> {
  const terminal = { stdin: isatty(0), stdout: isatty(1), stderr: isatty(2) };
  return {
    terminal,
    color: { stdout: wantsColor(env, terminal.stdout), stderr: wantsColor(env, terminal.stderr) },
  };
}

/** https://no-color.org and https://force-color.org; exported for its test. */
export function wantsColor(env: Environment, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false';
  return isTerminal && env.TERM !== 'dumb';
}

/** A failed write ends the command as Ctrl-C does: steps get time to clean up, and the end is reported. */
function guard(stream: NodeJS.WriteStream, onError: (error: Error) => void): NodeJS.WriteStream {
  // The only other listener, oclif's own, throws when a terminal has gone (EIO).
  return stream.removeAllListeners('error').on('error', onError);
}

/** A reader that goes away (`lockstep ... | head -1`, a closed terminal) is not an error: no one wants the rest. */
function hasLostReader(stream: NodeJS.WriteStream, error: Error): boolean {
  const code = systemCode(error);
  return code === 'EPIPE' || (code === 'EIO' && stream.isTTY);
}

function once<T extends object, A>(prepare: (item: T, about: A) => T): (item: T, about: A) => T {
  const done = new WeakSet<T>();
  return (item, about) => {
    if (done.has(item)) return item;
    done.add(item);
    return prepare(item, about);
  };
}

function currentFolder(): string {
  try {
    return process.cwd();
  } catch {
    throw new LockstepError('file/unreadable', 'the current folder no longer exists', ['cd to a folder that does']);
  }
}
