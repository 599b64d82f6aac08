import { ceilingOf } from '../../../definition/model/requests.ts';
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
    const agents = [...project.snapshot.catalog.agents.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    const shown = agents.map((agent) => ({
      name: agent.name,
      description: agent.description ?? '',
      file: agent.source.path,
      tools: agent.tools.map((tool) => tool.pattern),
      secrets: ceilingOf(agent),
    }));
    await this.print(flags, { agents: shown }, async () =>
      (await import('../../render/definitions.ts')).agentListText(agents),
    );
    return EXIT.ok;
  }
}
