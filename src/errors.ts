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
  'terminal/needed': 'a question has to be asked and there is no terminal',
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** `message` says what was found and where; every hint is a next command or a next act. Neither ever holds a secret value. */
export class LockstepError extends Error {
  override readonly name = 'LockstepError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];

  constructor(code: ErrorCode, message: string, hints: readonly string[] = []) {
    super(message);
    this.code = code;
    this.hints = hints;
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
  return typeof error.code === 'string' ? error.code : undefined;
}

/** The same for a message, which always says something. */
export function systemReason(error: unknown): string {
  return systemCode(error) ?? 'unknown reason';
}
