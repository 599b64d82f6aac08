import { accessSync, constants, statSync } from 'node:fs';
import { Duplex, type Readable } from 'node:stream';
import { systemCode } from '../errors.ts';

type Execa = typeof import('execa').execa;

export interface Program {
  /** A path, or a name that is looked up in `env.PATH`. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The process's whole environment: nothing is added and nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface Placement {
  /** What the process reads from its descriptors 3 and on. */
  readonly inputs?: readonly Uint8Array[];
  /** A pipe both ways at the descriptor after those. */
  readonly gate?: boolean;
  /** `ignore` gives an empty input, `inherit` this process's own. */
  readonly stdin: Uint8Array | 'inherit' | 'ignore';
  /** `pipe`: a socket for each stream, as Node makes them; or the descriptors of this process that are to be written to. */
  readonly output: 'pipe' | 'inherit' | 'ignore' | { readonly stdout: number; readonly stderr: number };
  /** In a process group of its own, named by its pid. */
  readonly ownGroup: boolean;
}

export type Exit =
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string };

export interface Started {
  readonly pid: number;
  /** Null unless `pipe` was asked for. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Null where none was asked for. */
  readonly gate: Duplex | null;
  /** Settles when the process itself has exited; others may still hold its output open. */
  readonly exited: Promise<Exit>;
  /** Signals this one process. */
  kill(signal: NodeJS.Signals): void;
}

export type SpawnFailure = 'not-found' | 'not-executable' | 'no-such-folder' | 'argument-too-long' | Limited | 'other';

/** A limit of the system: the code of its error. */
export type Limited = 'EMFILE' | 'ENFILE' | 'EAGAIN' | 'ENOMEM';

/** Starts every process of ours. What execa says of one holds its command line and output, so nothing of that is passed on. */
export async function startProcess(program: Program, placement: Placement): Promise<Started | SpawnFailure> {
  if (!canBePassed(program)) return 'other';
  // Most commands start nothing, and need not load it.
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

/** Null where execa refuses an argument, which it quotes. */
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
      // group-ending.ts ends what was started.
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

/** The system reports ENOENT for a missing program and for a missing folder alike. */
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
