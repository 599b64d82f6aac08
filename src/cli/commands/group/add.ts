import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupAdd extends BaseCommand {
  static override summary = 'Make a group of secrets with a key of its own';
  static override description =
    'Only an admin can do this, and becomes its first reader and writer; `lockstep member add` adds others. When there is a second group, lockstep.yaml names the first one, which commands still use by default.';
  static override examples = [
    { command: 'lockstep group add prod', description: 'an environment apart from the others' },
    { command: 'lockstep group add prod --pinned', description: 'where only grants to exact definitions count' },
  ];
  static override args = { name: argument('the name of the new group') };
  static override flags = {
    pinned: toggle('honour only grants pinned to a tool digest'),
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(GroupAdd);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const group = await new Members(project).addGroup(args.name, flags.pinned);
    const text = `made the group ${group.name}${group.pinned ? ', pinned' : ''}; you can read and write it\n`;
    const { settingText } = await import('../../render/members.ts');
    await this.print(flags, group, text + settingText(group));
    return EXIT.ok;
  }
}
