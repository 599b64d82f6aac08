import type { Command } from '@oclif/core/command';
import { CommandHelp, Help, HelpFormatter } from '@oclif/core/help';
import type { Topic } from '@oclif/core/interfaces';
import { ownCommand, ownCommands, spaced } from './command-names.ts';
import type { LockstepConfig } from './lockstep-config.ts';

/** Help on a command, on a topic, or, without a subject, on everything. */
export function helpText(config: LockstepConfig, subject?: Command.Loadable | Topic): string {
  const { columns, color } = config.context;
  const options = {
    maxWidth: Math.min(columns, 120),
    stripAnsi: !color.stdout,
    hideCommandSummaryInDescription: true,
  };
  const format = new HelpFormatter(config, options);
  const list = (header: string, rows: [string, string | undefined][]) =>
    rows.length === 0 ? [] : [format.section(header, rows)];
  if (subject === undefined)
    return inSections([
      new Help(config, options).formatRoot(),
      ...list('COMMANDS', commandsBelow(config, '')),
      ...list('TOPICS', topicsOf(config)),
    ]);
  if ('load' in subject) {
    const command = ownCommand(config, subject) ?? subject;
    const named = { ...command, id: spaced(command.id), aliases: command.aliases.map(spaced) };
    return inSections([command.summary ?? '', new CommandHelp(named, config, options).generate()]);
  }
  return inSections([
    subject.description ?? '',
    format.section('USAGE', `$ lockstep ${subject.name} COMMAND`),
    ...list('COMMANDS', commandsBelow(config, `${subject.name}:`)),
  ]);
}

function inSections(texts: readonly string[]): string {
  return `${texts.join('\n\n')}\n`;
}

function commandsBelow(config: LockstepConfig, prefix: string): [string, string | undefined][] {
  return ownCommands(config)
    .filter(({ id, hidden }) => !hidden && id.startsWith(prefix) && !id.slice(prefix.length).includes(':'))
    .map(({ id, summary }) => [spaced(id), summary]);
}

/** The topics: oclif also lists commands without a topic as topics. */
function topicsOf(config: LockstepConfig): [string, string | undefined][] {
  return config.topics
    .filter(({ name }) => config.commandIDs.some((id) => id.startsWith(`${name}:`)))
    .map(({ name, description }) => [name, description]);
}
