import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class AgentShow extends BaseCommand {
  static override summary = 'Show the instructions of an agent, its tools, and the secrets they get through it';
  static override aliases = ['agent get'];
  static override examples = [
    { command: 'lockstep agent show operator', description: 'with the reason why each secret is granted or refused' },
  ];
  static override args = { agent: argument('the agent') };
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(AgentShow);
    const project = await this.project(flags);
    const { describeAgent } = await import('../../../project/authoring/describe-agent.ts');
    const details = await describeAgent(project, args.agent, flags.group);
    await this.print(flags, details, async () => (await import('../../render/definitions.ts')).agentText(details));
    return EXIT.ok;
  }
}
