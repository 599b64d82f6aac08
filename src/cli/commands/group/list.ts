import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupList extends BaseCommand {
  static override summary = 'List the groups of secrets, and who reads and writes each';
  static override description = 'Needs no key.';
  static override aliases = ['group ls'];
  static override examples = [
    { command: 'lockstep group list', description: 'with the number of secrets to rotate in each' },
  ];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(GroupList);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const groups = await new Members(project).groups();
    await this.print(flags, { groups }, async () => (await import('../../render/members.ts')).groupListText(groups));
    return EXIT.ok;
  }
}
