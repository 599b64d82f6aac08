import { LockstepError } from '../../errors.ts';
import { nearest } from '../../text/suggestion.ts';
import { ownCommands, spaced } from './command-names.ts';
import type { LockstepConfig } from './lockstep-config.ts';

/** A name or an alias of a command, as words. */
interface Name {
  readonly topic: string | undefined;
  readonly verb: string;
  readonly command: string;
  readonly writes: boolean;
}

/** The error for words that name no command. */
export function unknownCommand(words: readonly string[], config: LockstepConfig): LockstepError {
  const names = namesIn(config);
  const [first = '', second] = words;
  const isTopic = names.some(({ topic }) => topic === first);
  const written = words.slice(0, isTopic ? 2 : 1);
  // The words may be a secret, so only plain ones are repeated.
  const shown = written.every((word) => /^[a-z-]{1,24}$/i.test(word)) ? `: ${written.join(' ')}` : '';
  const help = isTopic ? `lockstep ${first} --help` : 'lockstep --help';
  return new LockstepError('usage/invalid', `no such command${shown}`, [...hintsFor(first, second, names), help]);
}

function hintsFor(first: string, second: string | undefined, names: readonly Name[]): string[] {
  const withoutTopic = names.filter(({ topic, verb }) => topic !== undefined && verb === first);
  if (withoutTopic.length > 0)
    return [...new Set(withoutTopic.map(({ command }) => `lockstep ${command}`))].slice(0, 3);
  const topic = nearest(first, topicsIn(names));
  const slip =
    topic === undefined || second === undefined
      ? (meant(
          first,
          names.filter((name) => name.topic === undefined),
        ) ?? topic)
      : meant(
          second,
          names.filter((name) => name.topic === topic),
        );
  return slip === undefined ? [] : [`did you mean "${slip}"?`];
}

/** Suggests a command that writes only if no other is similar: a slip in `secret get` must not suggest `secret set`. */
function meant(word: string, names: readonly Name[]): string | undefined {
  const among = (some: readonly Name[]) =>
    nearest(
      word,
      some.map(({ verb }) => verb),
    );
  const verb = names.some((name) => name.verb === word)
    ? word
    : (among(names.filter(({ writes }) => !writes)) ?? among(names));
  return names.find((name) => name.verb === verb)?.command;
}

function namesIn(config: LockstepConfig): Name[] {
  const commands = ownCommands(config).filter(({ hidden }) => !hidden);
  return commands.flatMap((command) =>
    [command.id, ...command.aliases].map((id) => {
      const [first = '', second] = id.split(':');
      return {
        topic: second === undefined ? undefined : first,
        verb: second ?? first,
        command: spaced(command.id),
        writes: command.writes === true,
      };
    }),
  );
}

function topicsIn(names: readonly Name[]): string[] {
  return names.flatMap(({ topic }) => topic ?? []);
}
