import { LockstepError } from '../errors.ts';
import type { Context } from './context.ts';

/** Asks a yes-or-no question at the terminal; anything but a yes is a no. `otherwise` is for where nobody can be asked. */
export async function agrees(
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
