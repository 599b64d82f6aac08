import { openQuestion } from '../../../engine/run-refusals.ts';
import { userOf } from '../../../project/repository/user.ts';
import { visibleLine } from '../../../text/visible.ts';
import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, text, toggle } from '../../syntax/flags.ts';
import { engineFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class RunsApprove extends BaseCommand {
  static override summary = 'Approve or deny a step that waits for approval';
  static override description =
    'Shows the question and asks for a yes at the terminal. The journal of the run records who answered.';
  static override examples = [
    { command: 'lockstep runs approve 20261122t170301', description: 'the only step that waits' },
    {
      command: 'lockstep runs approve 20261122t170301 --step wipe --deny --reason "not on a Friday"',
      description: 'deny one step, and say why',
    },
  ];
  static override args = { run: argument('the run: the beginning or the end of its name, or `last`') };
  static override flags = {
    step: text('STEP', 'the step to answer, where several wait'),
    deny: toggle('deny it: the step fails'),
    reason: text('TEXT', 'why, for the journal and for people who watch the run'),
    yes: toggle('approve without asking'),
    engine: engineFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsApprove);
    const project = await this.project(flags);
    const { deny, reason, step } = flags;
    const engine = await project.engine();
    const journaled = await engine.find(args.run);
    const { run } = journaled.header;
    const question = openQuestion(journaled, step);
    if (!deny && !flags.yes)
      await confirm(this.context, question.text, {
        message: `no answer recorded; ${question.step === '' ? run : `step ${question.step}`} is still waiting`,
        otherwise: `lockstep runs approve ${run}${question.step === '' ? '' : ` --step ${question.step}`} --yes`,
        next: `lockstep runs approve ${run} --deny`,
      });
    const by = userOf(this.context.env);
    // Others see the reason on their terminals.
    const why = reason !== undefined && { reason: visibleLine(reason) };
    await engine.answer(run, question, { approved: !deny, by, ...why });
    const answer = { run, step: question.step, approved: !deny, by };
    await this.print(flags, answer, `${deny ? 'denied' : 'approved'} ${question.step || 'the call'} of ${run}\n`);
    return EXIT.ok;
  }
}
