import { accessSync, constants, statSync } from 'node:fs';
import { Duplex, type Readable } from 'node:stream';
import { systemCode } from '../errors.ts';

type Execa = typeof import('execa').execa;

export interface Program {
  /** A path, or a name to look up in `env.PATH`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The complete environment of the process: nothing is added or inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Placement {
  /** The contents of the process's descriptors 3 and up. */
  readonly inputs?: readonly Uint8Array[];
  /** Adds a two-way pipe at the next descriptor. */
  readonly gate?: boolean;
  /** `ignore`: an empty input. `inherit`: the input of this process. */
  readonly stdin: Uint8Array | 'inherit' | 'ignore';
  /** `pipe`: a socket for each stream, as Node makes them. An object: descriptors of this process to write to. */
  readonly output: 'pipe' | 'inherit' | 'ignore' | { readonly stdout: number; readonly stderr: number };
  /** Starts it in a process group of its own, named by its pid. */
  readonly ownGroup: boolean;
}

export type Exit =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string };

export interface Started {
  readonly pid: number;
  /** Null unless `output` is `pipe`. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Null without `gate`. */
  readonly gate: Duplex | null;
  /** Settles when the process itself has exited; others may still hold its output open. */
  readonly exited: Promise<Exit>;
  /** Signals only this process. */
  kill(signal: NodeJS.Signals): void;
}

export type SpawnFailure = 'not-found' | 'not-executable' | 'no-such-folder' | 'argument-too-long' | Limited | 'other';

/** The error code of a system limit. */
export type Limited = 'EMFILE' | 'ENFILE' | 'EAGAIN' | 'ENOMEM';

/** Starts every process of ours. Errors of execa hold the command line and output, so no part of them is passed on. */
export async function startProcess(program: Program, placement: Placement): Promise<Started | SpawnFailure> {
  if (!canBePassed(program)) return 'other';
  // Most commands start no process and need not load execa.
  const { execa } = await import('execa');
  const subprocess = launch(execa, program, placement);
  if (subprocess === null) return 'other';
  const { nodeChildProcess: child } = subprocess;
  if (child.pid === undefined) return whyNotStarted(systemCode(await subprocess), program.cwd);
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    gate: placement.gate ? duplexOf(child.stdio.at(-1)) : null,
    exited: new Promise((resolve) => child.once('exit', (code, signal) => resolve(exitOf(code, signal)))),
    kill: (signal) => void subprocess.kill(signal),
  };
}

/** Null where execa refuses an argument: its error quotes the argument. */
function launch(
  execa: Execa,
  { file, args, cwd, env }: Program,
  { stdin, output, ownGroup, inputs = [], gate }: Placement,
) {
  const { stdout, stderr } = typeof output === 'string' ? { stdout: output, stderr: output } : descriptors(output);
  try {
    return execa(file, args, {
      cwd,
      // Node passes its own NODE_V8_COVERAGE to every child whose environment does not mention it.
      env: { NODE_V8_COVERAGE: undefined, ...env },
      extendEnv: false,
      stdio: [stdin, stdout, stderr, ...inputs, ...(gate ? (['pipe'] as const) : [])],
      detached: ownGroup && process.platform !== 'win32',
      buffer: false,
      reject: false,
      // group-ending.ts ends the started processes.
      cleanup: false,
      forceKillAfterDelay: false,
      // By default NODE_DEBUG=execa prints command lines and output.
      verbose: 'none',
    });
  } catch {
    return null;
  }
}

/** execa takes every descriptor; its types name the first ten. */
function descriptors(output: { readonly stdout: number; readonly stderr: number }) {
  return output as { readonly stdout: 3; readonly stderr: 3 };
}

function duplexOf(stream: unknown): Duplex | null {
  return stream instanceof Duplex ? stream : null;
}

/** A NUL would end a string early, and a "=" in a name would change which variable is set. */
function canBePassed({ file, args, cwd, env }: Program): boolean {
  const names = Object.keys(env);
  const words = [file, cwd, ...args, ...names, ...Object.values(env)];
  return file !== '' && !words.some((word) => word.includes('\0')) && !names.some((name) => /^$|=/.test(name));
}

const LIMITED: readonly Limited[] = ['EMFILE', 'ENFILE', 'EAGAIN', 'ENOMEM'];

/** The system reports ENOENT both for a missing program and for a missing folder. */
function whyNotStarted(code: string | undefined, cwd: string): SpawnFailure {
  if (code === 'E2BIG') return 'argument-too-long';
  const limited = LIMITED.find((one) => one === code);
  if (limited !== undefined) return limited;
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

function exitOf(code: number | null, signal: string | null): Exit {
  return code === null ? { kind: 'signal', signal: signal ?? 'unknown' } : { kind: 'exit', code };
}
