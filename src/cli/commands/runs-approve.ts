import { LockstepError } from '../../errors.ts';
import { userOf } from '../../project/user.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { oneLine } from '../render/table.ts';

export const runsApprove = defineCommand({
  name: 'runs approve',
  summary: 'Let a step start that waits for approval, or refuse it',
  description: 'Shows what is asked and wants a yes at the terminal. Who answered is kept in the journal of the run.',
  examples: [
    { command: 'lockstep runs approve 20261122t170301', does: 'the one step that waits' },
    { command: 'lockstep runs approve 20261122t170301 --step wipe --deny --reason "not on a Friday"', does: 'a no' },
  ],
  args: [{ name: 'run', required: true, description: 'its name, or the beginning of it' }],
  flags: {
    step: { type: 'string', value: 'STEP', description: 'which step, where several wait' },
    deny: { type: 'boolean', description: 'refuse it: the step fails' },
    reason: { type: 'string', value: 'TEXT', description: 'why, for the journal and whoever watches the run' },
    yes: { type: 'boolean', description: 'do not ask' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { deny, reason, step } = flags;
    const journaled = project.runs.find(args.run);
    const { run } = journaled.opening;
    const question = project.runs.question(journaled, step);
    if (!deny && !flags.yes) {
      const { agrees } = await import('../agrees.ts');
      const otherwise = `lockstep runs approve ${run}${question.step === '' ? '' : ` --step ${question.step}`} --yes`;
      if (!(await agrees(context, question.text, otherwise)))
        throw new LockstepError('run/not-approved', `nothing was said: ${question.step || run} still waits`, [
          `lockstep runs approve ${run} --deny`,
        ]);
    }
    const by = userOf(context.env);
    // It is shown to others, and by their terminals.
    const why = reason !== undefined && { reason: oneLine(reason) };
    project.runs.answer(run, question, { approved: !deny, by, ...why });
    const answer = { run, step: question.step, approved: !deny, by };
    if (flags.json) (await import('../render/json.ts')).printJson(context, answer);
    else context.stdout.write(`${deny ? 'refused' : 'approved'} ${question.step || 'the call'} of ${run}\n`);
    return EXIT.ok;
  },
});
