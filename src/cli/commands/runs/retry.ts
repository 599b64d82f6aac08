import { CONTINUE_FLAGS, continueRun } from '../../runs/continue-run.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, text } from '../../syntax/flags.ts';

export default class RunsRetry extends BaseCommand {
  static override summary = 'Start a new run of what did not succeed in another';
  static override description =
    'Takes the outputs of the steps that succeeded, and runs the other steps and all that come after them. With --from, it runs that step too.';
  static override examples = [
    { command: 'lockstep runs retry 20261122t170301', description: 'what failed, and what comes after it' },
    { command: 'lockstep runs retry 20261122t170301 --from test', description: 'test, and what comes after it' },
  ];
  static override args = { run: argument('the run: the beginning or the end of its name, or `last`') };
  static override flags = { from: text('STEP', 'also run this step again'), ...CONTINUE_FLAGS };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsRetry);
    const project = await this.project(flags);
    return continueRun(this.context, flags, 'lockstep runs retry RUN', (options) =>
      project.continueRun(args.run, { again: true, from: flags.from }, options),
    );
  }
}
