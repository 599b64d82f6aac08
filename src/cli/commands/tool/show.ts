import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class ToolShow extends BaseCommand {
  static override summary = 'Show what a tool does, its arguments, and the secrets it requests and is granted';
  static override aliases = ['tool get'];
  static override examples = [
    { command: 'lockstep tool show github-whoami', description: 'with the digest that a pinned grant names' },
  ];
  static override args = { tool: argument('the tool') };
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(ToolShow);
    const project = await this.project(flags);
    const { describeTool } = await import('../../../project/authoring/describe-tool.ts');
    const details = await describeTool(project, args.tool, flags.group);
    const { toolText } = await import('../../render/definitions.ts');
    await this.print(flags, details, () => toolText(details));
    return EXIT.ok;
  }
}
