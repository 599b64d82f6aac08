import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretShow extends BaseCommand {
  static override summary = 'Show what is known about a secret, without its value';
  static override description = 'For the value itself: `lockstep secret reveal`.';
  static override aliases = ['secret get'];
  static override examples = [
    {
      command: 'lockstep secret show GITHUB_PAT',
      description: 'what may use it, which tools request it, how old it is',
    },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretShow);
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const secret = await new Secrets(project).show(args.secret, flags.group);
    await this.print(flags, secret, async () => (await import('../../render/secrets.ts')).secretText(secret));
    return EXIT.ok;
  }
}
