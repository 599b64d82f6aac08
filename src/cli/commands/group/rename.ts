import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupRename extends BaseCommand {
  static override summary = 'Give a group another name';
  static override description =
    'Only an admin who reads and writes the group can do this: every secret is signed and sealed again, under a new key. Values, versions, grants, readers and writers stay; lockstep.yaml is changed where it names the group. No other group can have the old name afterwards, and the history of each secret starts again.';
  static override examples = [
    { command: 'lockstep group rename default dev', description: 'before a second group is added' },
  ];
  static override args = { group: argument('the group'), name: argument('its new name') };
  static override flags = { identity: identityFlag, json: jsonFlag };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(GroupRename);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const group = await new Members(project).renameGroup(args.group, args.name);
    const { leftoversText, settingText } = await import('../../render/members.ts');
    const { count } = await import('../../render/problems.ts');
    const lines = [
      `renamed ${args.group} to ${group.name}; ${count(group.secrets, 'secret')} sealed under its new key\n`,
      settingText(group),
      leftoversText(args.group, group.leftovers),
      `next: replace ${args.group} by ${group.name} where LOCKSTEP_GROUP or --group names it, as in CI\n`,
    ];
    await this.print(flags, { ...group, renamedFrom: args.group }, lines.join(''));
    return EXIT.ok;
  }
}
