/**
 * Failures outside this program. A `LockstepError` is thrown where it occurs and caught once, at the interface (`cli/`,
 * `index.ts`). A mistake in what the user WROTE is a `Problem` (text/problem.ts), returned and never thrown; how a step
 * ENDED is an event (run/event.ts). Any other exception is a bug: `InternalError`.
 */
export const ERROR_CODES = {
  'usage/invalid': 'the command line asks for something that does not exist or does not fit together',
  'project/not-found': 'no Lockstep repository at or above the folder',
  'project/untrusted': 'another user of this machine may have made the repository',
  'project/config-invalid': 'lockstep.yaml is not valid',
  'definition/invalid': 'the definitions have problems, so nothing was started',
  'definition/unknown': 'there is no tool or agent with that name',
  'group/unknown': 'the vault has no group with that name',
  'group/ambiguous': 'the vault has several groups, and none was chosen',
  'group/needed': 'the group is the last one, or the one that lockstep.yaml names',
  'member/unknown': 'the vault has no member with that name',
  'member/invalid': 'the card is not one that the member can have',
  'member/needed': 'the vault would lose its last admin or the last reader of a group',
  'identity/missing': 'no identity was given, and none was found in the usual places',
  'identity/invalid': 'the identity is not one that Lockstep can use',
  'identity/locked': 'the identity needs a passphrase, and there is no terminal to type it',
  'vault/missing': 'the repository has no vault',
  'vault/exists': 'the repository already has a vault',
  'vault/malformed': 'a vault file is not in the one form that Lockstep writes',
  'vault/tampered': 'a vault file is well-formed but not what its members signed',
  'vault/rolled-back': 'a vault file is older than, or differs from, what this machine has seen',
  'vault/undone': 'a change that was made on this machine is missing from a vault file',
  'vault/forked': 'a vault file has a different change from the one that this machine has seen',
  'vault/full': 'a vault file would be larger than it may be',
  'vault/untrusted': 'this machine does not trust the vault yet',
  'vault/not-a-member': 'the identity is not a member, or may not do this',
  'vault/undecryptable': 'a sealed value cannot be opened with the identity',
  'run/unknown': 'this machine has no run with that name in this repository, or the run has no step with that name',
  'run/not-resumable': 'the run cannot be resumed in its present state',
  'run/not-waiting': 'no step of the run is waiting for approval',
  'run/not-approved': 'the call needs approval and was not approved',
  'secret/unknown': 'the group has no secret with that name',
  'version/unknown': 'the secret has no such former version, or no writer signed it',
  'secret/ungranted': 'the vault does not grant the secret to the requester',
  'name/invalid': 'the name of a secret, member, group or token is not valid',
  'name/taken': 'the name is in use, or was',
  'value/invalid': 'a value is empty, too large, or not what its use allows',
  'metadata/invalid': 'a description, rotation time or expiry is not valid',
  'grant/invalid': 'the text is not a grant',
  'grant/unknown': 'the secret has no such grant',
  'change/conflict': 'what the change is based on has changed meanwhile',
  'import/invalid': 'the values of the file cannot be imported',
  'program/failed': 'an editor, or the command that prints a value, failed',
  'token/unknown': 'there is no access token with that name',
  'prompt/declined': 'the question was answered with no',
  'lock/held': 'another process is writing the vault',
  'state/unusable': 'the state folder cannot be read or written',
  'file/unreadable': 'a file cannot be read',
  'file/unwritable': 'a file cannot be written',
  'engine/unset': 'the engine is chosen, and no variable says where its database is',
  'engine/unreachable': 'the database of the engine cannot be reached',
  'engine/missing': 'the database of the engine is not set up, or is of another version',
  'engine/full': 'the disk of the database of the engine is full',
  'engine/unusable': 'the database of the engine is read-only, or refuses what Lockstep does',
  'engine/refused': 'the job is not what a member of the vault submitted, or cannot be run here',
  'engine/commit': 'the repository has no commit from which a worker could run the tool',
  'engine/lost': 'another worker has taken over the run',
  'server/git': 'the remote that the server follows cannot be reached',
  'server/commit': 'the commit to serve has errors',
  'server/read-only': 'the server follows a branch, so changes come by commits',
  'server/address': 'the server cannot listen on the address',
  'system/limit': 'a limit of the system is reached',
  'terminal/needed': 'there is no terminal on which to ask a question',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/**
 * `message` says what is wrong and where; every hint is a next command or action. Neither ever holds a secret value.
 */
export class LockstepError extends Error {
  override readonly name = 'LockstepError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];

  /** @param cause a system error; if it is a limit, the first hint says how to raise it */
  constructor(code: ErrorCode, message: string, hints: readonly string[] = [], cause?: unknown) {
    super(message);
    this.code = code;
    const limit = limitOf(cause);
    this.hints = limit === undefined ? hints : [limit.hint, ...hints];
  }
}

/** A bug of ours. The CLI prints the stack and asks for a report; exit code 4. */
export class InternalError extends Error {
  override readonly name = 'InternalError';
}

/** Ends a `switch` over a union: an unhandled new member fails to compile. */
export function unreachable(value: never): never {
  throw new InternalError(`unhandled case: ${JSON.stringify(value)}`);
}

/** The `code` of a Node system error (`ENOENT`, ...), or undefined. Never its message: some quote their argument. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  const info = 'info' in error ? error.info : undefined;
  // `os` and similar modules put the system's code here.
  if (error.code === 'ERR_SYSTEM_ERROR' && typeof info === 'object' && info !== null && 'code' in info)
    return typeof info.code === 'string' ? info.code : undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The reason for use in a message: never empty, and in words for a limit. */
export function systemReason(error: unknown): string {
  return reasonOfCode(systemCode(error) ?? 'unknown reason');
}

/** @param code of a system error: `EMFILE` -> `this process cannot open more files, EMFILE` */
export function reasonOfCode(code: string): string {
  const limit = limitOf(code);
  return limit === undefined ? code : `${limit.what}, ${code}`;
}

interface Limit {
  readonly what: string;
  readonly hint: string;
}

/** Limits of the system. */
const LIMITS: Readonly<Record<string, Limit>> = {
  EAGAIN: {
    what: 'no more processes can be started',
    hint: 'ulimit -u and pids.max of the cgroup show the limit; end some processes, or raise it',
  },
  EDQUOT: { what: 'the disk quota is used up', hint: 'quota -s shows it; remove files, or have it raised' },
  EFBIG: { what: 'the file would be larger than the limit', hint: 'raise the limit: ulimit -f unlimited' },
  EMFILE: { what: 'this process cannot open more files', hint: 'raise the limit: ulimit -n 65536' },
  ENAMETOOLONG: {
    what: 'the path is longer than the system allows',
    hint: 'use a shorter path: at most 255 bytes for a name, and 4,096 for a path',
  },
  ENFILE: { what: 'the system cannot open more files', hint: 'raise the limit: sysctl fs.file-max' },
  ENOMEM: {
    what: 'the memory is used up',
    hint: 'free -h shows it; end some processes, or raise the limit of the container',
  },
  ENOSPC: { what: 'the disk is full', hint: 'df -h and df -i show which disk: make room there' },
};

/** The system limit that an error reports, if any. @param error the error or its code */
export function limitOf(error: unknown): Limit | undefined {
  const code = typeof error === 'string' ? error : systemCode(error);
  return code !== undefined && Object.hasOwn(LIMITS, code) ? LIMITS[code] : undefined;
}
