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
    const tool = project.tool(args.tool);
    const { planReport } = await import('../../../plan/plan-report.ts');
    const plan = planReport(await project.plan(args.tool, flags.group === undefined ? {} : { group: flags.group }));
    const { toolDetails, toolText } = await import('../../render/definitions.ts');
    const details = toolDetails(tool, plan, project.digest(tool), project.snapshot.catalog.agents.values());
    await this.print(flags, details, () => toolText(details));
    return EXIT.ok;
  }
}
