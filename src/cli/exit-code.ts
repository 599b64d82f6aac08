import { type ErrorCode, LockstepError, limitOf } from '../errors.ts';

/** Contract with scripts and CI (ARCHITECTURE: bad news). `exec` and `run --exit-code child` may return others. */
export const EXIT = {
  ok: 0,
  /** A run failed, preflight refused it, problems were found, or the requested thing does not exist. */
  failed: 1,
  /** A malformed command line. */
  usage: 2,
  /** The environment is not usable: identity, trust, lock, disk. */
  world: 3,
  /** A bug of ours. */
  bug: 4,
  cancelled: 130,
} as const;

/** The exit code of a command that a signal cancelled: 128 plus the number of the signal, as in shells. */
const SIGNAL_EXIT: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGQUIT: 131, SIGTERM: 143 };

/** @param signal the signal that cancelled the command, if one did */
export function exitAfter(code: number, signal: string | undefined): number {
  return code === EXIT.cancelled && signal !== undefined ? (SIGNAL_EXIT[signal] ?? code) : code;
}

/** The exit code of a run that has ended. */
export function exitOf(status: 'succeeded' | 'failed' | 'cancelled'): number {
  return { succeeded: EXIT.ok, failed: EXIT.failed, cancelled: EXIT.cancelled }[status];
}

type Family = ErrorCode extends `${infer F}/${string}` ? F : never;

const FAMILY_EXIT: Record<Family, number> = {
  usage: EXIT.usage,
  definition: EXIT.failed,
  group: EXIT.failed,
  member: EXIT.failed,
  run: EXIT.failed,
  secret: EXIT.failed,
  version: EXIT.failed,
  name: EXIT.failed,
  value: EXIT.failed,
  metadata: EXIT.failed,
  grant: EXIT.failed,
  change: EXIT.failed,
  import: EXIT.failed,
  program: EXIT.failed,
  prompt: EXIT.failed,
  token: EXIT.failed,
  project: EXIT.world,
  identity: EXIT.world,
  vault: EXIT.world,
  lock: EXIT.world,
  state: EXIT.world,
  engine: EXIT.world,
  file: EXIT.world,
  server: EXIT.world,
  system: EXIT.world,
  terminal: EXIT.world,
};

/** Total: every thrown value has a code. A cancelled command ends with an `AbortError`. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof LockstepError) return FAMILY_EXIT[error.code.split('/', 1)[0] as Family];
  if (isCancellation(error)) return EXIT.cancelled;
  return limitOf(error) === undefined ? EXIT.bug : EXIT.world;
}

export function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
