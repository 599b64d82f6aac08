import { LockstepError } from '../errors.ts';
import { didYouMean } from '../text/suggestion.ts';
import type { Argument, Command, Flag } from './command.ts';
import { objection } from './oclif.ts';
import { cutRest } from './parse.ts';

/** For words that name no command. */
export function unknownCommand(words: readonly string[], table: readonly Command[]): LockstepError {
  const names = table.map((command) => command.name);
  const isTopic = names.some((name) => name.startsWith(`${words[0]} `));
  const written = words.slice(0, isTopic ? 2 : 1).join(' ');
  const slip = didYouMean(written, names) ?? didYouMean(words.slice(0, 2).join(' '), names);
  const sameVerb = names.filter((name) => name.endsWith(` ${words.at(-1)}`)).map((name) => `lockstep ${name}`);
  const hints = slip !== undefined ? [slip] : sameVerb.slice(0, 3);
  const message = written.startsWith('-') ? `unknown flag ${written}` : `no such command: ${written}`;
  return new LockstepError('usage/invalid', message, [...hints, 'lockstep --help']);
}

/**
 * For words that do not fit `command`: oclif's parser finds what is wrong, and we say it without quoting a value, because
 * oclif's own "Unexpected argument: hunter2" would print the secret of whoever types `secret set NAME hunter2`.
 */
export async function misfit(command: Command, argv: readonly string[]): Promise<LockstepError> {
  const { own, rest } = cutRest(command, argv);
  const error = await objection(command, own);
  const missingRest = command.rest?.required && rest.length === 0 ? command.rest.name.toUpperCase() : undefined;
  const [message, ...hints] =
    error instanceof Error
      ? explain(error, command)
      : missingRest !== undefined
        ? [`${missingRest} is missing after --`]
        : ['a flag and its value cannot be told apart', 'write them as one word: --flag=value'];
  return new LockstepError('usage/invalid', message, [...hints, `lockstep ${command.name} --help`]);
}

type Explanation = readonly [message: string, ...hints: string[]];

function explain(error: Error, command: Command): Explanation {
  if ('flags' in error && Array.isArray(error.flags)) return unknownFlag(String(error.flags[0]), command);
  if ('args' in error && Array.isArray(error.args)) {
    const missing = error.args.filter((argument): argument is Argument => typeof argument === 'object').map(shown);
    return missing.length > 0 ? [`missing: ${missing.join(' ')}`] : tooMany(error.args.length, command);
  }
  return [explainMessage(error.message, command)];
}

function unknownFlag(written: string, command: Command): Explanation {
  const name = written.startsWith('--') ? (written.split('=', 1)[0] ?? written) : written.slice(0, 2);
  const known = Object.keys(command.flags).map((flag) => `--${flag}`);
  const hint = didYouMean(name, [...known, '--help']);
  return [`unknown flag ${name}`, ...(hint === undefined ? [] : [hint])];
}

function tooMany(count: number, command: Command): Explanation {
  const takes = command.args.length === 0 ? 'no arguments' : command.args.map(shown).join(' ');
  const words = count === 1 ? 'one argument too many' : `${count} arguments too many`;
  const message = `${words}: "${command.name}" takes ${takes}`;
  return command.rest === undefined ? [message] : [message, `${command.rest.name.toUpperCase()} stands behind --`];
}

/** oclif's remaining objections are untyped: only the flag's name is taken from their text, and only where it is one of ours. */
function explainMessage(text: string, command: Command): string {
  const name = /^(?:Flag|Expected|Parsing) --([\w-]+)|Missing required flag ([\w-]+)/
    .exec(text)
    ?.slice(1)
    .find(Boolean);
  const flag = command.flags[name ?? ''];
  if (flag === undefined) return chooseArgument(command);
  if (text.includes('Missing required flag')) return `missing: --${name}`;
  if (text.endsWith('only be specified once')) return `--${name} can be given only once`;
  return `--${name} takes ${accepted(flag)}`;
}

function accepted(flag: Flag): string {
  if (flag.type === 'integer') return 'a whole number';
  const options = flag.type === 'string' ? flag.options : undefined;
  return options === undefined ? 'a value' : `one of: ${options.join(', ')}`;
}

function chooseArgument(command: Command): string {
  const choices = command.args.filter((argument) => argument.options !== undefined);
  return choices.map((argument) => `${shown(argument)} is one of: ${argument.options?.join(', ')}`).join('; ');
}

function shown(argument: Argument): string {
  return argument.name.toUpperCase();
}
