import type { Context } from '../context.ts';

/** One document, and nothing else, on standard output. */
export function printJson(context: Context, value: unknown): void {
  context.stdout.write(`${JSON.stringify(value, null, context.terminal.stdout ? 2 : 0)}\n`);
}
