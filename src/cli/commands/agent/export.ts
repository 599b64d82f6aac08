import { EXPORT_FORMATS, exportAgent } from '../../../mcp/hosts/export-agent.ts';
import { serverEntry } from '../../../mcp/hosts/server-entry.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, requiredChoice } from '../../syntax/flags.ts';
import { say } from '../../terminal/say.ts';

export default class AgentExport extends BaseCommand {
  static override summary = 'Print an agent in the form of another program';
  static override description =
    'claude: an agent of Claude Code · skill: a SKILL.md with the commands · mcp.json and vscode: the entry that starts `lockstep mcp` for it. No secret goes out.';
  static override examples = [
    {
      command: 'lockstep agent export release --format claude > .claude/agents/release.md',
      description: 'an agent of Claude Code',
    },
  ];
  static override args = { agent: argument('the agent') };
  static override flags = { format: requiredChoice(EXPORT_FORMATS, 'the form') };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(AgentExport);
    const project = await this.project(flags);
    const agent = project.agent(args.agent);
    const entry = serverEntry(this.context.program, project.root, { agent: agent.name });
    say(this.context.stdout, exportAgent(agent, project.snapshot.catalog, flags.format, entry));
    return EXIT.ok;
  }
}
