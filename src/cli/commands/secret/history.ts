import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretHistory extends BaseCommand {
  static override summary = 'Show the signed changes of a secret that Git has';
  static override description =
    'Needs no key and shows no value. A change is marked unless it was signed by a member who could write at that time.';
  static override examples = [{ command: 'lockstep secret history GITHUB_PAT', description: 'newest first' }];
  static override args = { secret: argument('the name of the secret') };
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretHistory);
    const project = await this.project(flags);
    const { secretHistory } = await import('../../../project/secrets/secret-history.ts');
    const history = await secretHistory(project, this.context.env, args.secret, flags.group);
    await this.print(flags, history, async () => (await import('../../render/secrets.ts')).historyText(history));
    return EXIT.ok;
  }
}
