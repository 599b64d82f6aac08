import { EXIT } from '../../exit-code.ts';
import { grantsFlag, grantsText } from '../../secrets/grants.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretRevoke extends BaseCommand {
  static override summary = 'Revoke a grant of a secret';
  static override examples = [
    {
      command: 'lockstep secret revoke GITHUB_PAT --to tool:release-notes',
      description: 'the grant as `secret show` prints it',
    },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = { to: grantsFlag, group: groupFlag, identity: identityFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRevoke);
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const secret = await new Secrets(project).revoke(args.secret, flags.to, flags.group);
    await this.print(flags, secret, grantsText(secret));
    return EXIT.ok;
  }
}
