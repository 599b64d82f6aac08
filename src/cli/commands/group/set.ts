import { boolean } from '@oclif/core/flags';
import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupSet extends BaseCommand {
  static override summary = 'Set whether a group is pinned: whether it honours only grants pinned to a tool digest';
  static override description = 'Only an admin can do this.';
  static override examples = [
    {
      command: 'lockstep group set prod --pinned',
      description: 'a tool that changes loses its secrets until it is repinned',
    },
    { command: 'lockstep group set dev --no-pinned', description: 'grants by name count again' },
  ];
  static override args = { group: argument('the group') };
  static override flags = {
    pinned: boolean({
      allowNo: true,
      description: 'honour only grants pinned to a tool digest, or also grants by name',
    }),
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(GroupSet);
    const given = this.argv.filter((word) => /^--(no-)?pinned$/.test(word));
    if (new Set(given).size !== 1)
      throw new LockstepError('usage/invalid', 'give one of --pinned and --no-pinned', [
        `lockstep group set ${args.group} --pinned`,
      ]);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const group = await new Members(project).setPinned(args.group, flags.pinned);
    await this.print(flags, group, `${group.name} honours ${group.pinned ? 'only pinned grants' : 'grants by name'}\n`);
    return EXIT.ok;
  }
}
