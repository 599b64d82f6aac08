import { LockstepError } from '../errors.ts';
import type { Context } from './context.ts';

/** Asks a yes-or-no question; any other answer is a no. `otherwise` is the command where no one can answer. */
export async function askYesNo(
  context: Context,
  question: string,
  otherwise?: string,
  signal?: AbortSignal,
): Promise<boolean> {
  try {
    return /^y(es)?$/i.test(await context.ask(`${question} [y/N] `, signal && { signal }));
  } catch (error) {
    if (otherwise === undefined || !(error instanceof LockstepError)) throw error;
    throw new LockstepError(error.code, error.message, [otherwise]);
  }
}

interface Declined {
  readonly message: string;
  /** The command that does the same without asking. */
  readonly otherwise: string;
  /** What to type after a no; default: `otherwise`. */
  readonly next?: string;
}

/** Returns only after a yes. @throws LockstepError the refusal, after any other answer */
export async function confirm(context: Context, question: string, refusal: Declined): Promise<void> {
  const { message, otherwise, next = otherwise } = refusal;
  if (!(await askYesNo(context, question, otherwise))) throw new LockstepError('prompt/declined', message, [next]);
}
