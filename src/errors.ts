/**
 * What the WORLD may deny us. A `LockstepError` is thrown where it is met and caught once, at the face (`cli/`, `index.ts`).
 * What the user WROTE wrong is a `Problem` (text/problem.ts), returned and never thrown; how a step ENDED is an event
 * (run/event.ts). Anything else that is thrown is a bug: `InternalError`.
 */
export const ERROR_CODES = {
  'usage/invalid': 'the command line asks for something that does not exist or does not fit together',
  'project/not-found': 'no Lockstep repository at or above the folder',
  'project/untrusted': 'another user of this machine may have made the repository',
  'project/config-invalid': 'lockstep.yaml is not valid',
  'definition/invalid': 'the definitions have problems, so the work was not started',
  'definition/unknown': 'no tool or agent of that name',
  'group/unknown': 'no such group, or more than one and none chosen',
  'identity/missing': 'no identity was given and none is in the usual places',
  'identity/invalid': 'the identity is not one that Lockstep can use',
  'identity/locked': 'the identity is wrapped in a passphrase and nobody is there to type it',
  'vault/missing': 'the repository has no vault',
  'vault/exists': 'the repository has a vault already',
  'vault/malformed': 'a vault file is not in the one form that Lockstep writes',
  'vault/tampered': 'a vault file is well-formed but not what its members signed',
  'vault/rolled-back': 'a vault file is older than, or differs from, what this machine has seen',
  'vault/undone': 'a change that was made on this machine is missing from a vault file',
  'vault/forked': 'a vault file has another change than the one that this machine has seen',
  'vault/untrusted': 'this machine has not been told to trust the vault',
  'vault/not-a-member': 'the identity is not a member, or may not do this',
  'vault/undecryptable': 'a sealed value cannot be opened with the identity',
  'run/unknown': 'no run of that name in this repository on this machine, or no step of that name in it',
  'run/not-resumable': 'the run cannot be taken up again as it stands',
  'run/not-waiting': 'nothing of the run waits for approval',
  'run/not-approved': 'a person has to approve the call, and nobody did',
  'secret/unknown': 'no secret of that name in the group',
  'secret/refused': 'the value or the change is not acceptable',
  'secret/ungranted': 'the vault does not grant a secret to what asks for it',
  'lock/held': 'another process is writing the vault',
  'state/unusable': 'the state folder cannot be read or written',
  'file/unreadable': 'a file cannot be read',
  'file/unwritable': 'a file cannot be written',
  'system/limit': 'a limit of the system is reached',
  'terminal/needed': 'a question has to be asked and there is no terminal',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** `message` says what was found and where; every hint is a next command or a next act. Neither ever holds a secret value. */
export class LockstepError extends Error {
  override readonly name = 'LockstepError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];

  /** @param cause of the system: where it is a limit, the first hint says how to raise that */
  constructor(code: ErrorCode, message: string, hints: readonly string[] = [], cause?: unknown) {
    super(message);
    this.code = code;
    const limit = limitOf(cause);
    this.hints = limit === undefined ? hints : [limit.hint, ...hints];
  }
}

/** A bug of ours. The face prints the stack and asks for a report; exit code 4. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/** Closes a `switch` over a union: a new member that is not handled fails to compile. */
export function unreachable(value: never): never {
  throw new InternalError(`unhandled case: ${JSON.stringify(value)}`);
}

/** The `code` of a Node system error (`ENOENT`, ...), or undefined. Never its message: some quote their argument. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const info = 'info' in error ? error.info : undefined;
  // `os` and its like tell what the system said in here.
  if (error.code === 'ERR_SYSTEM_ERROR' && typeof info === 'object' && info !== null && 'code' in info)
    return typeof info.code === 'string' ? info.code : undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The same for a message, which always says something, and names a limit in words. */
export function systemReason(error: unknown): string {
  return reasonOfCode(systemCode(error) ?? 'unknown reason');
}

/** @param code of a system error: `EMFILE` -> `this process may open no more files, EMFILE` */
export function reasonOfCode(code: string): string {
  const limit = limitOf(code);
  return limit === undefined ? code : `${limit.what}, ${code}`;
}

interface Limit {
  readonly what: string;
  readonly hint: string;
}

/** What the system has only so much of. */
const LIMITS: Readonly<Record<string, Limit>> = {
  EAGAIN: {
    what: 'no more processes may be started',
    hint: 'ulimit -u and the pids.max of the cgroup say how many; end some, or raise it',
  },
  EDQUOT: { what: 'the disk quota is used up', hint: 'quota -s shows it; remove files, or have it raised' },
  EFBIG: { what: 'the file would be larger than the limit', hint: 'raise the limit: ulimit -f unlimited' },
  EMFILE: { what: 'this process may open no more files', hint: 'raise the limit: ulimit -n 65536' },
  ENAMETOOLONG: {
    what: 'the path is longer than the system takes',
    hint: 'use a shorter path: a name has 255 bytes at most, and a path 4,096',
  },
  ENFILE: { what: 'the system has no more files to open', hint: 'raise the limit: sysctl fs.file-max' },
  ENOMEM: {
    what: 'the memory is used up',
    hint: 'free -h shows it; end some processes, or raise the limit of the container',
  },
  ENOSPC: { what: 'the disk is full', hint: 'df -h and df -i show which disk: make room there' },
};

/** The limit of the system that an error tells of, if it tells of one. @param error or its code */
export function limitOf(error: unknown): Limit | undefined {
  const code = typeof error === 'string' ? error : systemCode(error);
  return code !== undefined && Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
}
