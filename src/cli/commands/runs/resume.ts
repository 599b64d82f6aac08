import { CONTINUE_FLAGS, continueRun } from '../../runs/continue-run.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';

export default class RunsResume extends BaseCommand {
  static override summary = 'Continue a run that was killed; finished steps do not run again';
  static override description =
    'A step that was running when the run was killed runs once more. Secrets are read from the vault again.';
  static override examples = [
    { command: 'lockstep runs resume 20261122t170301', description: 'with the arguments that it was started with' },
  ];
  static override args = { run: argument('the run: the beginning or the end of its name, or `last`') };
  static override flags = CONTINUE_FLAGS;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsResume);
    const project = await this.project(flags);
    return continueRun(this.context, flags, 'lockstep runs resume RUN', (options) =>
      project.continueRun(args.run, { again: false }, options),
    );
  }
}
