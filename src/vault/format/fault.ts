import { type ErrorCode, LockstepError } from '../../errors.ts';

/** A place in a vault file: the path from the repository's root, and the line where known. */
export interface VaultPosition {
  readonly file: string;
  readonly line?: number;
}

/** A fault of a vault file. The message begins with the place; it never quotes the text there. */
export class VaultFault extends LockstepError {
  readonly position: VaultPosition;

  constructor(code: ErrorCode, position: VaultPosition, what: string, hints?: readonly string[]) {
    const line = position.line === undefined ? '' : `:${position.line}`;
    super(code, `${position.file}${line}: ${what}`, hints ?? [`git log -p -- '${position.file}'`]);
    this.position = position;
  }
}

/** Null where `read` finds a fault in the vault. A bug is rethrown. */
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

/** Rethrows an error that is not about the vault, so that a bug is not reported as a finding. */
export function vaultProblemOf(error: unknown, file: string): VaultProblem {
  if (!(error instanceof LockstepError)) throw error;
  const position = error instanceof VaultFault ? error.position : { file };
  return { ...position, code: error.code, message: error.message, hints: error.hints };
}
