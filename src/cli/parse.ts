import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Argument, Command, Flag, Input } from './command.ts';

/**
 * Reads the words after the command's name with Node's own parser; undefined when they do not fit the declaration.
 * It only decides WHETHER they fit: what is wrong is said by usage-error.ts, which may load oclif, as this may not.
 */
export function parseInput(command: Command, argv: readonly string[]): Input | undefined {
  const split = splitWords(command, argv);
  if (split === undefined) return undefined;
  const args = fillArguments(command.args, split.positionals);
  const flags = fillFlags(command, split.values);
  if (args === undefined || flags === undefined) return undefined;
  if (command.rest?.required && split.rest.length === 0) return undefined;
  return { args, flags, rest: split.rest };
}

/** The words of this command line, and those after a bare `--` where the command wants them for itself. */
export function cutRest(
  command: Command,
  argv: readonly string[],
): { own: readonly string[]; rest: readonly string[] } {
  const at = command.rest === undefined ? -1 : argv.indexOf('--');
  return at === -1 ? { own: argv, rest: [] } : { own: argv.slice(0, at), rest: argv.slice(at + 1) };
}

interface Split {
  readonly positionals: readonly string[];
  readonly values: ReadonlyMap<string, readonly (string | true)[]>;
  readonly rest: readonly string[];
}

function splitWords(command: Command, argv: readonly string[]): Split | undefined {
  const { own, rest } = cutRest(command, argv);
  const values = new Map<string, (string | true)[]>();
  try {
    const { tokens, positionals } = parseArgs({
      args: [...own],
      options: optionsOf(command),
      allowPositionals: true,
      strict: true,
      tokens: true,
    });
    for (const token of tokens) {
      if (token.kind !== 'option') continue;
      const seen = values.get(token.name) ?? [];
      values.set(token.name, [...seen, token.value ?? true]);
    }
    return { positionals, values, rest };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_'))
      return undefined;
    throw error;
  }
}

function optionsOf(command: Command): NonNullable<ParseArgsConfig['options']> {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const [name, flag] of Object.entries(command.flags)) {
    const type = flag.type === 'boolean' ? 'boolean' : 'string';
    options[name] = { type, multiple: true, ...(flag.short !== undefined && { short: flag.short }) };
  }
  return options;
}

function fillArguments(declared: readonly Argument[], given: readonly string[]): Input['args'] | undefined {
  const args: Record<string, string | readonly string[] | undefined> = {};
  let next = 0;
  for (const argument of declared) {
    const taken = given.slice(next, argument.multiple ? given.length : next + 1);
    next += taken.length;
    if (argument.required && taken.length === 0) return undefined;
    if (!taken.every((word) => isChoice(argument.options, word))) return undefined;
    args[argument.name] = argument.multiple ? taken : taken[0];
  }
  return next === given.length ? (args as Input['args']) : undefined;
}

function fillFlags(command: Command, given: Split['values']): Input['flags'] | undefined {
  const flags: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(command.flags)) {
    const value = flagValue(flag, given.get(name) ?? []);
    if (value === REFUSED) return undefined;
    flags[name] = value;
  }
  return flags as Input['flags'];
}

const REFUSED = Symbol('refused');

function flagValue(flag: Flag, given: readonly (string | true)[]): unknown {
  if (flag.type === 'boolean') return given.length > 0;
  if (given.length > 1 && !flag.multiple) return REFUSED;
  if (given.length === 0 && flag.required) return REFUSED;
  const values: (string | number)[] = [];
  for (const text of given) {
    const value = flag.type === 'integer' ? wholeNumber(text) : text;
    if (typeof value !== 'string' && typeof value !== 'number') return REFUSED;
    if (flag.type === 'string' && !isChoice(flag.options, String(value))) return REFUSED;
    values.push(value);
  }
  return flag.multiple ? values : (values[0] ?? flag.default);
}

function wholeNumber(text: string | true): number | undefined {
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function isChoice(options: readonly string[] | undefined, word: string): boolean {
  return options === undefined || options.includes(word);
}
