import { agentList } from '../../../project/authoring/describe-agent.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class AgentList extends BaseCommand {
  static override summary = 'List the agents';
  static override aliases = ['agent ls'];
  static override examples = [{ command: 'lockstep agent list', description: 'names, tools and ceilings of secrets' }];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(AgentList);
    const project = await this.project(flags);
    const agents = agentList(project.snapshot.catalog);
    await this.print(flags, { agents }, async () =>
      (await import('../../render/definitions.ts')).agentListText(agents),
    );
    return EXIT.ok;
  }
}
