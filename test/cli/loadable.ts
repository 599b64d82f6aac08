import type { Command } from '@oclif/core/command';
import type { BaseCommand } from '../../src/cli/syntax/base-command.ts';

/** A command as the generated list has it, for `main`. */
export function loadable(id: string, command: typeof BaseCommand): Command.Loadable {
  const { args, aliases, summary = '', description, usage, examples, writes } = command;
  return {
    ...{ id, aliases, summary, description, usage, examples, writes },
    args: named(args),
    flags: named({ ...command.baseFlags, ...command.flags }),
    hidden: false,
    hiddenAliases: [],
    load: async () => Object.assign(command, { id }),
  };
}

function named<T extends object>(parts: Readonly<Record<string, T>>): Record<string, T & { name: string }> {
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, { ...part, name }]));
}
