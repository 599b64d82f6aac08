import { boolean } from '@oclif/core/flags';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { optionalArgument, text, toggle } from '../../syntax/flags.ts';
import { engineFlag } from '../../syntax/shared-flags.ts';

export default class RunsLogs extends BaseCommand {
  static override summary = 'Print what the steps of a run wrote, masked';
  static override aliases = ['logs'];
  static override examples = [
    { command: 'lockstep runs logs 20261122t170301 --follow', description: 'until the run ends' },
    { command: 'lockstep logs 20261122t170301', description: 'the same command, shorter' },
  ];
  static override args = {
    run: optionalArgument('the run: the beginning or the end of its name is enough (default: the newest)'),
  };
  static override flags = {
    follow: boolean({ char: 'f', default: false, description: 'print new lines until the run ends' }),
    timestamps: toggle('begin each line with its time (UTC)'),
    step: text('STEP', 'only the output of this step'),
    engine: engineFlag,
    json: toggle('print one JSON document on standard output and nothing else; with --follow one on each line'),
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsLogs);
    const project = await this.project(flags);
    const { printLogs } = await import('../../runs/print-logs.ts');
    const { follow, step, json, timestamps } = flags;
    await printLogs(this.context, project, args.run, { follow, step, json, timestamps });
    return EXIT.ok;
  }
}
