import type { Command } from '@oclif/core/command';
import type { Context } from './context.ts';
import { EXIT } from './exit-code.ts';
import { COMMANDS, PACKAGE } from './generated/commands.js';
import { LockstepConfig } from './lockstep-config.ts';
import { reportError } from './report-error.ts';

const HELP_FLAGS = ['--help', '-h'];
const VERSION_FLAGS = ['--version', '-V'];

/** Runs one command line (without `node` and the script) and returns its exit code. Never rejects, never exits. */
export async function main(
  argv: readonly string[],
  context: Context,
  commands: readonly Command.Loadable[] = COMMANDS,
): Promise<number> {
  try {
    return await answer(argv, await LockstepConfig.of(context, PACKAGE, commands));
  } catch (error) {
    return reportError(error, context, wantsJson(argv));
  }
}

async function answer(argv: readonly string[], config: LockstepConfig): Promise<number> {
  const { leading, words, rest } = split(argv);
  const [first = ''] = rest;
  if (VERSION_FLAGS.includes(first)) return config.runCommand('version', [...leading, ...rest.slice(1)]);
  const asksForHelp = words[0] === 'help' || ownWords(argv).some((word) => HELP_FLAGS.includes(word));
  const subject = words[0] === 'help' ? words.slice(1) : words;
  const found = findCommand(config, subject);
  if (found !== undefined && !asksForHelp)
    return config.runCommand(found.command.id, [...leading, ...rest.slice(found.length)], found.command);
  if (words.length === 0 && first !== '' && !asksForHelp) {
    const { strayFlag } = await import('./usage-error.ts');
    throw strayFlag(first);
  }
  return help(config, subject, found?.command);
}

/** A topic alone is help on it; nothing at all is help on everything. */
async function help(config: LockstepConfig, words: readonly string[], command?: Command.Loadable): Promise<number> {
  const topic = words.length === 1 ? config.findTopic(words[0] ?? '') : undefined;
  if (command === undefined && topic === undefined && words.length > 0) {
    const { unknownCommand } = await import('./unknown-command.ts');
    throw unknownCommand(words, config);
  }
  const { helpText } = await import('./help-text.ts');
  config.context.stdout.write(helpText(config, command ?? topic));
  return EXIT.ok;
}

/** oclif's own search takes every word after a command without arguments for a part of its name. */
function findCommand(config: LockstepConfig, words: readonly string[]) {
  for (const length of [2, 1]) {
    const command = words.length < length ? undefined : config.findCommand(words.slice(0, length).join(':'));
    if (command !== undefined) return { command, length };
  }
  return undefined;
}

/** `-C DIR` and `--json` may stand before the command. */
function split(argv: readonly string[]) {
  let at = 0;
  for (let word = argv[at]; word !== undefined; word = argv[at]) {
    if (word === '-C' || word === '--directory') at += 2;
    else if (word === '--json' || word.startsWith('--directory=') || /^-C./.test(word)) at += 1;
    else break;
  }
  const rest = argv.slice(at);
  const end = rest.findIndex((word) => word.startsWith('-'));
  return { leading: argv.slice(0, at), words: rest.slice(0, end === -1 ? rest.length : end), rest };
}

/** Without what follows a bare `--`, which is another program's. */
function ownWords(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end);
}

/** Also true for a command line that does not fit: who asks for JSON gets JSON. */
export function wantsJson(argv: readonly string[]): boolean {
  return ownWords(argv).includes('--json');
}
