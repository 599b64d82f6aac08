import type { Command } from './command.ts';
import type { Context } from './context.ts';
import { EXIT } from './exit-code.ts';
import { findCommand } from './find-command.ts';
import { parseInput } from './parse.ts';
import { reportError } from './report-error.ts';
import { COMMANDS, TOPICS } from './table.ts';

/** Runs one command line (without `node` and the script) and returns its exit code. Never rejects, never exits. */
export async function main(
  argv: readonly string[],
  context: Context,
  table: readonly Command[] = COMMANDS,
): Promise<number> {
  try {
    return await answer(argv, context, table);
  } catch (error) {
    return reportError(error, context, wantsJson(argv));
  }
}

async function answer(argv: readonly string[], context: Context, table: readonly Command[]): Promise<number> {
  const request = findCommand(argv, table);
  if (request.kind === 'help') {
    const { printHelp } = await import('./oclif.ts');
    await printHelp({ words: request.words, table, topics: TOPICS }, context);
    return EXIT.ok;
  }
  if (request.kind === 'unknown') {
    const { unknownCommand } = await import('./usage-error.ts');
    throw unknownCommand(request.words, table);
  }
  const input = parseInput(request.command, request.argv);
  if (input !== undefined) return request.command.run(context, input);
  const { misfit } = await import('./usage-error.ts');
  throw await misfit(request.command, request.argv);
}

/** Also where the command line could not be read: who asked for JSON gets JSON. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}
