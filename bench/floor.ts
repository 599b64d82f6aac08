/**
 * The least that a command costs which oclif runs and execa works for: both are loaded, and /bin/true runs. It is bundled
 * and loaded as dist/ is.
 */
import { Command } from '@oclif/core/command';
import { Config } from '@oclif/core/config';
import { execa } from 'execa';

class Floor extends Command {
  override async run(): Promise<void> {
    await execa('/bin/true', { buffer: false, extendEnv: false, stdin: 'ignore' });
  }
}

export async function start(): Promise<void> {
  await new Floor([], new Config({ root: import.meta.dirname })).run();
}
