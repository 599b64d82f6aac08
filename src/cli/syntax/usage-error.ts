import type { Command } from '@oclif/core/command';
import { CLIError } from '@oclif/core/errors';
import { LockstepError } from '../../errors.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { UnfitValue } from './flags.ts';

type Explanation = readonly [message: string, ...hints: string[]];
type CommandClass = typeof Command;
type Flag = Command.Flag.Any;

/**
 * Explains an error of oclif's parser without any value from the command line: oclif's "Unexpected argument: hunter2"
 * would print the secret of a person who types `secret set NAME hunter2`. Other errors are returned unchanged.
 */
export function usageError(error: unknown, command: CommandClass, argv: readonly string[]): unknown {
  const explanation = explain(error, command, argv);
  if (explanation === undefined) return error;
  const [message, ...hints] = explanation;
  return new LockstepError('usage/invalid', message, [...hints, `lockstep ${nameOf(command)} --help`]);
}

/** Flags that people write instead of ours. */
const OTHER_WORDS: Readonly<Record<string, string>> = { '--from': '--to', '--args': '--arg' };

/** Recognizes errors by name, because oclif does not export the classes of its parser. */
function explain(error: unknown, command: CommandClass, argv: readonly string[]): Explanation | undefined {
  if (error instanceof UnfitValue) return [`--${error.flag} takes ${error.takes}`];
  if (!(error instanceof CLIError)) return undefined;
  switch (error.constructor.name) {
    case 'NonExistentFlagsError':
      return unknownFlag(String(listIn(error, 'flags')[0]), command);
    case 'UnexpectedArgsError':
      return tooMany(listIn(error, 'args').length, command);
    case 'RequiredArgsError':
      return [`missing: ${listIn(error, 'args').flatMap(argumentName).join(' ')}`];
    case 'FailedFlagValidationError':
      return [`missing: ${missingFlags(command, argv).join(' ')}`];
    case 'ArgInvalidOptionError':
      return [argumentChoices(command)];
    default:
      return unfitFlag(error, command, argv);
  }
}

/** The error for a flag without a command before it. */
export function strayFlag(written: string): LockstepError {
  return new LockstepError('usage/invalid', `unknown flag ${flagName(written)}`, ['lockstep --help']);
}

function unknownFlag(written: string, command: CommandClass): Explanation {
  const name = flagName(written);
  const known = [...Object.keys(flagsOf(command)).map((flag) => `--${flag}`), '--help'];
  const other = OTHER_WORDS[name];
  const hint = other !== undefined && known.includes(other) ? `did you mean "${other}"?` : didYouMean(name, known);
  return [`unknown flag ${name}`, ...(hint === undefined ? [] : [hint])];
}

/** `--token` of `--token=hunter2`, `-p` of `-phunter2`. */
function flagName(written: string): string {
  return written.startsWith('--') ? (written.split('=', 1)[0] ?? written) : written.slice(0, 2);
}

function tooMany(count: number, command: CommandClass): Explanation {
  const known = Object.keys(command.args);
  const takes = known.length === 0 ? 'no arguments' : known.map((name) => name.toUpperCase()).join(' ');
  const words = count === 1 ? 'one argument too many' : `${count} arguments too many`;
  const usage = typeof command.usage === 'string' ? [`lockstep ${command.usage}`] : [];
  const toolArguments = 'arg' in flagsOf(command) ? [`lockstep ${nameOf(command)} TOOL --arg NAME=VALUE`] : [];
  return [`${words}: "${nameOf(command)}" takes ${takes}`, ...usage, ...toolArguments];
}

function missingFlags(command: CommandClass, argv: readonly string[]): string[] {
  return Object.entries(flagsOf(command)).flatMap(([name, flag]) =>
    flag.required && timesGiven(name, flag, argv) === 0 ? `--${name}` : [],
  );
}

function argumentChoices(command: CommandClass): string {
  return Object.entries(command.args)
    .flatMap(([name, { options }]) => (options ? `${name.toUpperCase()} is one of: ${options.join(', ')}` : []))
    .join('; ');
}

/** Reads the flag's name from oclif's message, its only place, where it comes before any value. */
function unfitFlag(error: CLIError, command: CommandClass, argv: readonly string[]): Explanation {
  const flags = flagsOf(command);
  const name = error.message
    .split(/[ =]/)
    .map((word) => word.slice(2))
    .find((word) => Object.hasOwn(flags, word));
  const flag = name === undefined ? undefined : flags[name];
  if (name === undefined || flag === undefined) return ['the command line does not fit the command'];
  const isRepeated = flag.type === 'option' && !flag.multiple && timesGiven(name, flag, argv) > 1;
  return [isRepeated ? `--${name} can be given only once` : `--${name} takes ${accepted(flag)}`];
}

function accepted(flag: Flag): string {
  if (flag.type === 'boolean') return 'no value';
  return flag.options === undefined ? 'a value' : `one of: ${flag.options.join(', ')}`;
}

function timesGiven(name: string, { char }: Flag, argv: readonly string[]): number {
  return argv.filter(
    (word) =>
      word === `--${name}` ||
      word.startsWith(`--${name}=`) ||
      (char !== undefined && !word.startsWith('--') && word.startsWith(`-${char}`)),
  ).length;
}

function flagsOf(command: CommandClass): Readonly<Record<string, Flag>> {
  return { ...command.baseFlags, ...command.flags };
}

function nameOf(command: CommandClass): string {
  return command.id.replaceAll(':', ' ');
}

function listIn(error: CLIError, key: 'args' | 'flags'): readonly unknown[] {
  const value: unknown = Reflect.get(error, key);
  return Array.isArray(value) ? value : [];
}

function argumentName(argument: unknown): string[] {
  return typeof argument === 'object' && argument !== null && 'name' in argument
    ? [String(argument.name).toUpperCase()]
    : [];
}
