import { callOptions } from '../call-arguments.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { CALL_FLAGS, IDENTITY_FLAG } from '../shared-flags.ts';

export const watch = defineCommand({
  name: 'watch',
  summary: 'Check at every save, and run a tool again',
  description:
    'A save that breaks something shows its problems and keeps the last good definitions. Changes of the vault are taken up too. A half-written checkout never is. Ctrl-C ends it.',
  examples: [
    { command: 'lockstep watch', does: 'check at every save' },
    { command: 'lockstep watch hello --arg name=Ada', does: 'and run a tool' },
  ],
  args: [{ name: 'tool', description: 'the tool to run after each change that is sound' }],
  flags: { ...CALL_FLAGS, identity: IDENTITY_FLAG },
  async run(context, { args, flags }) {
    const options = await callOptions(context, flags);
    const project = await openProject(context, flags);
    const { watchProject } = await import('../../project/watch.ts');
    const { countsText, problemsText } = await import('../render/problems.ts');
    const { executeTool } = await import('../execute-tool.ts');
    const { reportError } = await import('../report-error.ts');
    for await (const { result, takenUp } of watchProject(project, context.signal)) {
      context.stdout.write(problemsText(result.problems, context.color.stdout));
      context.stdout.write(
        `${countsText(result.report.counts)}${takenUp ? '; taken up' : '; the last good definitions stay in force'}\n`,
      );
      if (args.tool === undefined || !takenUp) continue;
      try {
        await executeTool(context, project, args.tool, options, { json: false });
      } catch (error) {
        // The world may be put right while we watch: an identity, a vault, a tool that is still to be written.
        reportError(error, context, false);
      }
    }
    return EXIT.ok;
  },
});
