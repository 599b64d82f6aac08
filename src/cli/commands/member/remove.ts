import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class MemberRemove extends BaseCommand {
  static override summary = 'Remove a member, re-key the groups they could read, and list the secrets to rotate';
  static override description =
    'Only an admin who reads and writes those groups can do this. A former member may have kept every value they could read: each is marked until you rotate it, and `lockstep check --strict` fails until then.';
  static override aliases = ['member rm', 'member delete'];
  static override examples = [{ command: 'lockstep member remove bob', description: 'ask first' }];
  static override args = { member: argument('the member') };
  static override flags = { yes: toggle('remove without asking'), identity: identityFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(MemberRemove);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const members = new Members(project);
    if (!flags.yes) {
      const reads = (await members.list()).find((one) => one.name === args.member)?.reads ?? [];
      const rekey = reads.length === 0 ? '' : ` These groups get a new key: ${reads.join(', ')}.`;
      await confirm(this.context, `Remove the member ${args.member}?${rekey}`, {
        message: 'nobody was removed',
        otherwise: `lockstep member remove ${args.member} --yes`,
      });
    }
    const removal = await members.remove(args.member);
    await this.print(flags, removal, async () => (await import('../../render/members.ts')).removalText(removal));
    return EXIT.ok;
  }
}
