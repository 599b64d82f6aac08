import { type ErrorCode, LockstepError } from '../../errors.ts';

/** A place in a vault file: the path from the repository's root, and the line where one can be named. */
export interface VaultPosition {
  readonly file: string;
  readonly line?: number;
}

/** A vault file is not as it has to be. The message begins with where; it never quotes what stands there. */
export class VaultFault extends LockstepError {
  readonly position: VaultPosition;

  constructor(code: ErrorCode, position: VaultPosition, what: string, hints?: readonly string[]) {
    const line = position.line === undefined ? '' : `:${position.line}`;
    super(code, `${position.file}${line}: ${what}`, hints ?? [`git log -p -- '${position.file}'`]);
    this.position = position;
  }
}

/** Null where `read` finds something wrong with the vault. A bug stays one. */
export function unlessFaulty<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof LockstepError) return null;
    throw error;
  }
}

/** One thing wrong in a vault, as `vault verify` and `check` list it. */
export interface VaultProblem extends VaultPosition {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly string[];
}

/** Rethrows an error that is not about the vault: a bug must not pass for a finding. */
export function vaultProblemOf(error: unknown, file: string): VaultProblem {
  if (!(error instanceof LockstepError)) throw error;
  const position = error instanceof VaultFault ? error.position : { file };
  return { ...position, code: error.code, message: error.message, hints: error.hints };
}
