import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class MemberList extends BaseCommand {
  static override summary = 'List the members of the vault and what each can do';
  static override description = 'Needs no key.';
  static override aliases = ['member ls'];
  static override examples = [{ command: 'lockstep member list', description: 'names, groups and cards' }];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(MemberList);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const members = await new Members(project).list();
    await this.print(flags, { members }, async () => (await import('../../render/members.ts')).memberListText(members));
    return EXIT.ok;
  }
}
