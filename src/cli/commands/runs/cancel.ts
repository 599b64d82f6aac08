import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { engineFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class RunsCancel extends BaseCommand {
  static override summary = 'Cancel a run that another process runs';
  static override examples = [
    { command: 'lockstep runs cancel 20261122t170301', description: 'let it clean up, as one Ctrl-C does' },
  ];
  static override args = { run: argument('the run: the beginning or the end of its name, or `last`') };
  static override flags = {
    now: toggle('end it at once, as a second Ctrl-C does'),
    engine: engineFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsCancel);
    const project = await this.project(flags);
    const run = await project.cancel(args.run, flags.now);
    await this.print(flags, { run }, `cancelling ${run}\n`);
    return EXIT.ok;
  }
}
