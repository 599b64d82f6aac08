import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { wholeNumber } from '../../syntax/flags.ts';
import { engineFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class RunsPrune extends BaseCommand {
  static override summary = 'Remove the journals of old runs of this repository';
  static override examples = [{ command: 'lockstep runs prune --keep 20', description: 'all but the newest twenty' }];
  static override flags = {
    keep: wholeNumber({ helpValue: 'N', default: 50, description: 'how many of the newest runs to keep' }),
    engine: engineFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(RunsPrune);
    const project = await this.project(flags);
    const removed = await (await project.engine()).prune(flags.keep);
    await this.print(flags, { removed }, `removed ${removed.length} run${removed.length === 1 ? '' : 's'}\n`);
    return EXIT.ok;
  }
}
