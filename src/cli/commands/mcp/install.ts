import { HOSTS, hostFile } from '../../../mcp/hosts/host-list.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { requiredChoice, text, toggle } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class McpInstall extends BaseCommand {
  static override summary = 'Write the entry by which the host of an AI agent starts `lockstep mcp`';
  static override description =
    'Keeps what else is in the file, comments too. claude-code, cursor, vscode and gemini read a file of the repository; claude-desktop and codex one of your home.';
  static override examples = [
    { command: 'lockstep mcp install --client claude-code --agent release', description: "an agent's tools" },
    { command: 'lockstep mcp install --client codex --dry-run', description: 'show the file that would be written' },
  ];
  static override writes = true;
  static override flags = {
    client: requiredChoice(HOSTS, 'the host'),
    agent: text('AGENT', "offer this agent's tools alone, under its ceiling of secrets"),
    group: groupFlag,
    name: text('NAME', 'the name of the entry (default: lockstep, or lockstep-AGENT)'),
    'dry-run': toggle('write nothing, and print what the file would hold'),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(McpInstall);
    const { agent, group, client } = flags;
    const project = await this.project(flags);
    if (agent !== undefined) project.agent(agent);
    const [{ entryName, serverEntry }, { installEntry }] = await Promise.all([
      import('../../../mcp/hosts/server-entry.ts'),
      import('../../../mcp/hosts/install.ts'),
    ]);
    const view = { ...(agent !== undefined && { agent }), ...(group !== undefined && { group }) };
    const name = flags.name ?? entryName(view);
    const entry = serverEntry(this.context.program, project.root, view);
    const dryRun = flags['dry-run'];
    const made = await installEntry(project.root, hostFile(client, this.context.env), { name, entry, dryRun });
    const { file, change } = made;
    const said = dryRun ? made.text : `${change} ${name} in ${file}\n  ${entry.command} ${entry.args.join(' ')}\n`;
    await this.print(flags, { client, file, name, entry, change, written: !dryRun && change !== 'unchanged' }, said);
    return EXIT.ok;
  }
}
