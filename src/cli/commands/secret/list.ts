import { listSecrets } from '../../secrets/list-secrets.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { groupFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretList extends BaseCommand {
  static override summary = 'List the secrets of a group: names, dates, grants, descriptions';
  static override description = 'Needs no key and shows no value.';
  static override aliases = ['secret ls'];
  static override examples = [
    { command: 'lockstep secret list', description: 'the only group, or the default one' },
    { command: 'lockstep secret list --group prod --json', description: 'for scripts' },
  ];
  static override flags = { group: groupFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(SecretList);
    return listSecrets(this.context, await this.project(flags), flags);
  }
}
