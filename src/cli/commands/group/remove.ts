import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class GroupRemove extends BaseCommand {
  static override summary = 'Remove a group with all its secrets';
  static override description =
    'Only an admin can do this. Git still has the old ciphertexts, for those who could read them. No other group can have the name afterwards.';
  static override aliases = ['group rm', 'group delete'];
  static override examples = [
    { command: 'lockstep group remove staging', description: 'ask first, unless the group is empty' },
  ];
  static override args = { group: argument('the group') };
  static override flags = { yes: toggle('remove without asking'), identity: identityFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(GroupRemove);
    const name = args.group;
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const { count } = await import('../../render/problems.ts');
    const members = new Members(project);
    const toLose = await members.secretsToLose(name);
    if (toLose > 0 && !flags.yes)
      await confirm(this.context, `Remove the group ${name} with ${count(toLose, 'secret')}?`, {
        message: 'nothing was removed',
        otherwise: `lockstep group remove ${name} --yes`,
      });
    const { secrets, leftovers } = await members.removeGroup(name);
    const { leftoversText } = await import('../../render/members.ts');
    const text = `removed the group ${name} with ${count(secrets, 'secret')}\n${leftoversText(name, leftovers)}`;
    await this.print(flags, { removed: name, secrets, leftovers }, text);
    return EXIT.ok;
  }
}
