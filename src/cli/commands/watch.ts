import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { callOptions } from '../syntax/call-arguments.ts';
import { optionalArgument } from '../syntax/flags.ts';
import { CALL_FLAGS, identityFlag } from '../syntax/shared-flags.ts';
import { say } from '../terminal/say.ts';

export default class Watch extends BaseCommand {
  static override summary = 'Check at every save, and run a tool again';
  static override description =
    'Shows every problem at first, then at each save what is new and what is gone. A save that breaks something keeps the last good definitions. Changes of the vault are reloaded too. A half-written checkout never is. Ctrl-C ends it.';
  static override examples = [
    { command: 'lockstep watch', description: 'check at every save' },
    { command: 'lockstep watch hello --arg name=Ada', description: 'and run a tool' },
  ];
  static override args = { tool: optionalArgument('the tool to run after each good change') };
  static override flags = { ...CALL_FLAGS, identity: identityFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Watch);
    const { context } = this;
    const options = await callOptions(context, flags);
    const project = await this.project(flags);
    const { watchProject } = await import('../../project/watching/watch.ts');
    const { changeText } = await import('../render/change.ts');
    const { executeTool } = await import('../runs/execute-tool.ts');
    const { reportError } = await import('../report-error.ts');
    for await (const change of watchProject(project, context.signal, options)) {
      say(context.stdout, changeText(change, project.now(), context.color.stdout));
      if (args.tool === undefined || !change.takenUp) continue;
      try {
        await executeTool(context, project, args.tool, options, { json: false });
      } catch (error) {
        // The cause may go away while we watch: a missing identity, vault or tool.
        reportError(error, context, false);
      }
    }
    return EXIT.ok;
  }
}
