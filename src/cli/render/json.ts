import type { Context } from '../context.ts';
import { say } from '../terminal/say.ts';

/** Prints one document, and nothing else, on standard output. */
export function printJson(context: Context, value: unknown): void {
  say(context.stdout, `${JSON.stringify(value, null, context.terminal.stdout ? 2 : 0)}\n`);
}
