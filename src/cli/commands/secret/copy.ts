import { RELOCATION_FLAGS, RELOCATION_TEXT, relocate } from '../../secrets/relocate-secret.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';

export default class SecretCopy extends BaseCommand {
  static override summary = 'Copy a secret to another group';
  static override description = RELOCATION_TEXT;
  static override examples = [
    { command: 'lockstep secret copy GITHUB_PAT --to prod', description: 'granted to nobody there yet' },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = RELOCATION_FLAGS;
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretCopy);
    return relocate(this.context, await this.project(flags), args.secret, { ...flags, move: false });
  }
}
