import { toolSummary } from '../../../definition/model/tool-summary.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class ToolList extends BaseCommand {
  static override summary = 'List the tools';
  static override aliases = ['tool ls'];
  static override examples = [
    { command: 'lockstep tool list', description: 'names, the secrets they request, descriptions' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(ToolList);
    const project = await this.project(flags);
    const { toolListText } = await import('../../render/definitions.ts');
    const tools = [...project.snapshot.catalog.tools.values()]
      .map(toolSummary)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    await this.print(flags, { tools }, () => toolListText(tools));
    return EXIT.ok;
  }
}
