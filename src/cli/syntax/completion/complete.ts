import type { Command } from '@oclif/core/command';
import { ownCommands, spaced } from '../command-names.ts';
import { findCommand, splitLine } from '../command-words.ts';
import type { LockstepConfig } from '../lockstep-config.ts';
import { type Candidate, namesOf } from './names.ts';

/** For `files`, the shell completes names of files itself. */
export type Completion = readonly Candidate[] | 'files';

/** The candidates for the last word, which may be empty or incomplete. */
export async function complete(words: readonly string[], config: LockstepConfig): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const { leading, words: named, rest } = splitLine(before);
  const found = findCommand(config, named);
  if (leading.at(-1) === '-C' || leading.at(-1) === '--directory') return 'files';
  if (found === undefined)
    return beginningWith(current, commandWords(config, named[0] === 'help' ? named.slice(1) : named));
  const given = readWords(found.command, [...leading, ...rest.slice(found.length)]);
  if (given.isCut) return 'files';
  if (given.pending === undefined && current.startsWith('-') && !current.includes('='))
    return beginningWith(current, flagWords(found.command, given.flags));
  const [, name = '', value] = /^--([\w-]+)=(.*)$/s.exec(current) ?? [];
  const flag = given.pending ?? found.command.flags[name];
  if (flag === undefined) {
    const argument = argumentAt(found.command, given.count);
    return argument === undefined ? [] : valuesOf(argument.name, argument.options, current, given, config);
  }
  if (flag.type === 'boolean') return [];
  const values = await valuesOf(String(flag.helpValue ?? ''), flag.options, value ?? current, given, config);
  return values === 'files' || value === undefined
    ? values
    : values.map((one) => ({ ...one, word: `--${name}=${one.word}` }));
}

interface GivenWords {
  readonly flags: ReadonlyMap<string, string>;
  /** How many arguments there are. */
  readonly count: number;
  /** The flag whose value comes next. */
  readonly pending: Command.Flag.Cached | undefined;
  /** Whether the word comes after `--`. */
  readonly isCut: boolean;
}

function readWords(command: Command.Loadable, words: readonly string[]): GivenWords {
  const flags = new Map<string, string>();
  let count = 0;
  let pending: Command.Flag.Cached | undefined;
  for (const word of words) {
    if (word === '--') return { flags, count, pending: undefined, isCut: true };
    if (pending !== undefined) {
      flags.set(pending.name, word);
      pending = undefined;
    } else if (word.startsWith('-') && word !== '-') {
      const [name = '', value] = word.replace(/^--?/, '').split(/=(.*)/s);
      const flag = command.flags[name] ?? Object.values(command.flags).find(({ char }) => char === name);
      flags.set(flag?.name ?? name, value ?? '');
      if (flag?.type === 'option' && value === undefined) pending = flag;
    } else count += 1;
  }
  return { flags, count, pending, isCut: false };
}

function argumentAt(command: Command.Loadable, index: number): Command.Arg.Cached | undefined {
  const all = Object.values(command.args);
  const last = all.at(-1);
  return all[index] ?? (last?.multiple ? last : undefined);
}

async function valuesOf(
  placeholder: string,
  options: readonly string[] | undefined,
  begun: string,
  given: GivenWords,
  config: LockstepConfig,
): Promise<Completion> {
  if (options !== undefined)
    return beginningWith(
      begun,
      options.map((word) => ({ word })),
    );
  const [kind = ''] = /^[A-Z]+/.exec(placeholder.toUpperCase()) ?? [];
  if (['FILE', 'DIR', 'PATH'].includes(kind)) return 'files';
  const names = await namesOf(kind, config.context, {
    directory: given.flags.get('directory'),
    group: given.flags.get('group'),
  });
  return beginningWith(begun, names);
}

/** Single commands and topics, or the verbs of a topic. */
function commandWords(config: LockstepConfig, words: readonly string[]): Candidate[] {
  const commands = ownCommands(config).filter(({ hidden }) => !hidden);
  const [topic, ...more] = words;
  if (more.length > 0) return [];
  const described = (word: string, description = '') => ({ word, description });
  if (topic !== undefined)
    return commands
      .filter(({ id }) => id.startsWith(`${topic}:`))
      .map(({ id, summary }) => described(id.slice(topic.length + 1), summary));
  const topics = Object.entries(config.pjson.oclif.topics ?? {});
  return [
    ...commands.filter(({ id }) => !id.includes(':')).map(({ id, summary }) => described(spaced(id), summary)),
    ...topics.map(([name, { description }]) => described(name, description)),
    ...GLOBAL_FLAGS,
  ];
}

const HELP = { word: '--help', description: 'show help' };
const GLOBAL_FLAGS: readonly Candidate[] = [HELP, { word: '--version', description: 'print the version' }];

function flagWords({ flags }: Command.Loadable, given: GivenWords['flags']): Candidate[] {
  const open = Object.values(flags).filter(
    (flag) => !given.has(flag.name) || (flag.type === 'option' && flag.multiple),
  );
  return [...open.map(({ name, description = '' }) => ({ word: `--${name}`, description })), HELP];
}

/** Candidates that continue the word. Flags are offered only for a word that begins with `-`. */
function beginningWith(begun: string, candidates: readonly Candidate[]): Candidate[] {
  return candidates.filter(({ word }) => word.startsWith(begun) && (begun !== '' || !word.startsWith('-')));
}
