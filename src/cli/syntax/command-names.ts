import type { Command } from '@oclif/core/command';
import type { Config } from '@oclif/core/config';

/** A command's name with spaces: oclif's ids have colons (`secret:set`). */
export function spaced(id: string): string {
  return id.replaceAll(':', ' ');
}

/** Every command once: oclif lists a command again under each of its aliases. */
export function ownCommands({ commands }: Pick<Config, 'commands'>): Command.Loadable[] {
  return commands.filter(({ id, aliases }) => !aliases.includes(id));
}

/** The command itself, for one of its aliases. */
export function ownCommand(config: Pick<Config, 'commands'>, { id }: Command.Loadable): Command.Loadable | undefined {
  return ownCommands(config).find((command) => command.id === id || command.aliases.includes(id));
}
