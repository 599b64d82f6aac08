import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupRekey extends BaseCommand {
  static override summary = 'Give a group a new key, and seal all its secrets again';
  static override description =
    'Only an admin who reads and writes the group can do this. The values do not change. Completes an interrupted re-key.';
  static override examples = [{ command: 'lockstep group rekey prod', description: 'after the key may have leaked' }];
  static override args = { group: argument('the group') };
  static override flags = { identity: identityFlag, json: jsonFlag };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(GroupRekey);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const { group, begun } = await new Members(project).rekey(args.group);
    const { count } = await import('../../render/problems.ts');
    const what = begun ? `${group.name} has key ${group.epoch}` : `completed the interrupted re-key of ${group.name}`;
    await this.print(flags, { ...group, begun }, `${what}; ${count(group.secrets, 'secret')} sealed with it\n`);
    return EXIT.ok;
  }
}
