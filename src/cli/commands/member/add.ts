import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, optionalArgument, texts, toggle } from '../../syntax/flags.ts';
import { identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class MemberAdd extends BaseCommand {
  static override summary = 'Add a member to the vault, or rights to a member';
  static override description =
    'Only an admin can do this; for --read, one who reads the group. `lockstep whoami` shows people their card; for a member who only reads, an age recipient is enough.';
  static override examples = [
    {
      command: 'lockstep member add bob age1...:KEY --read dev --write dev',
      description: 'a colleague, for one group',
    },
    { command: 'lockstep member add ci age1... --read prod', description: 'a machine that only reads' },
    { command: 'lockstep member add bob --admin', description: 'more rights for a member' },
  ];
  static override args = {
    member: argument('the name of the member in this vault'),
    card: optionalArgument('age1...:SIGNINGKEY; leave it out for an existing member'),
  };
  static override flags = {
    read: texts('GROUP', 'let the member read the secrets of a group'),
    write: texts('GROUP', 'let the member change the secrets of a group'),
    admin: toggle('let the member change members and groups'),
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(MemberAdd);
    const project = await this.project(flags);
    const { Members } = await import('../../../project/secrets/members.ts');
    const { read, write, admin } = flags;
    const wish = { read, write, admin, ...(args.card !== undefined && { card: args.card }) };
    const member = await new Members(project).add(args.member, wish);
    await this.print(flags, member, async () => (await import('../../render/members.ts')).addedText(member));
    return EXIT.ok;
  }
}
