import type { Command } from '@oclif/core/command';
import type { Context } from './context.ts';
import { EXIT, exitAfter } from './exit-code.ts';
import { COMMANDS, PACKAGE } from './generated/commands.js';
import { reportError } from './report-error.ts';
import { cutAtDashes, findCommand, splitLine } from './syntax/command-words.ts';
import { LockstepConfig } from './syntax/lockstep-config.ts';
import { say } from './terminal/say.ts';

const HELP_FLAGS = ['--help', '-h'];
const VERSION_FLAGS = ['--version', '-V'];

/** Runs one command line (without `node` and the script) and returns its exit code. Never rejects, never exits. */
export async function main(
  argv: readonly string[],
  context: Context,
  commands: readonly Command.Loadable[] = COMMANDS,
): Promise<number> {
  try {
    const code = await answer(argv, await LockstepConfig.of(context, PACKAGE, commands));
    return exitAfter(code, context.cancelledBy);
  } catch (error) {
    return exitAfter(reportError(error, context, wantsJson(argv)), context.cancelledBy);
  }
}

async function answer(argv: readonly string[], config: LockstepConfig): Promise<number> {
  const { leading, words, rest } = splitLine(argv);
  const [first = ''] = rest;
  if (VERSION_FLAGS.includes(first)) return config.runCommand('version', [...leading, ...rest.slice(1)]);
  const asksForHelp = words[0] === 'help' || cutAtDashes(argv).own.some((word) => HELP_FLAGS.includes(word));
  const subject = words[0] === 'help' ? words.slice(1) : words;
  const found = findCommand(config, subject);
  if (found !== undefined && !asksForHelp)
    return config.runCommand(found.command.id, [...leading, ...rest.slice(found.length)], found.command);
  if (words.length === 0 && first !== '' && !asksForHelp) {
    const { strayFlag } = await import('./syntax/usage-error.ts');
    throw strayFlag(first);
  }
  return help(config, subject, found?.command);
}

/** A topic alone prints help on the topic; an empty command line prints help on everything. */
async function help(config: LockstepConfig, words: readonly string[], command?: Command.Loadable): Promise<number> {
  const topic = words.length === 1 ? config.findTopic(words[0] ?? '') : undefined;
  if (command === undefined && topic === undefined && words.length > 0) {
    const { unknownCommand } = await import('./syntax/unknown-command.ts');
    throw unknownCommand(words, config);
  }
  const { helpText } = await import('./syntax/help-text.ts');
  say(config.context.stdout, helpText(config, command ?? topic));
  return EXIT.ok;
}

/** Also true for an invalid command line: a caller who asks for JSON gets JSON. */
export function wantsJson(argv: readonly string[]): boolean {
  return cutAtDashes(argv).own.includes('--json');
}
