import type { Command } from '@oclif/core/command';
import { COMMANDS } from '../../src/cli/generated/commands.js';
import { main } from '../../src/cli/main.ts';
import { BaseCommand } from '../../src/cli/syntax/base-command.ts';
import { recordedContext } from './recorded-context.ts';

interface Found {
  readonly id: string;
  /** Whether the words fit it. */
  readonly fits: boolean;
}

/** The command that these words would run, without running it; undefined for help and for what is not a command. */
export async function commandOf(words: readonly string[]): Promise<Found | undefined> {
  let found: Found | undefined;
  const report = (one: Found) => (found = one);
  await main(
    words,
    recordedContext(),
    COMMANDS.map((command) => ({ ...command, load: async () => probe(await command.load(), report) })),
  );
  return found;
}

/** Parses as the command does, and then only reports. */
function probe(command: Command.Class, report: (found: Found) => void) {
  class Probe extends BaseCommand {
    static override id = command.id;
    static override args = command.args;
    static override flags = command.flags;

    async run(): Promise<number> {
      const { argv } = this;
      // What follows `--` is not for `exec` itself.
      const own = command.id === 'exec' && argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
      report({ id: command.id, fits: false });
      await this.parse(Probe, own);
      report({ id: command.id, fits: true });
      return 0;
    }
  }
  return Probe;
}
