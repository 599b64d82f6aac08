import { listSecrets } from '../../secrets/list-secrets.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretSearch extends BaseCommand {
  static override summary = 'List the secrets whose name or description contains some words';
  static override examples = [{ command: 'lockstep secret search github', description: 'upper and lower case match' }];
  static override args = { words: argument('the words to look for') };
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretSearch);
    return listSecrets(this.context, await this.project(flags), flags, args.words);
  }
}
