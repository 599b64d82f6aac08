import { LockstepError } from '../errors.ts';
import type { Context } from './context.ts';

/** Asks a yes-or-no question at the terminal; anything but a yes is a no. `otherwise` is for where nobody can be asked. */
export async function agrees(context: Context, question: string, otherwise?: string): Promise<boolean> {
  try {
    return /^y(es)?$/i.test(await context.ask(`${question} [y/N] `));
  } catch (error) {
    if (otherwise === undefined || !(error instanceof LockstepError)) throw error;
    throw new LockstepError(error.code, error.message, [otherwise]);
  }
}
