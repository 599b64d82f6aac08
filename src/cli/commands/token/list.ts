import { EXIT } from '../../exit-code.ts';
import { openTokens } from '../../open.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class TokenList extends BaseCommand {
  static override summary = 'List the access tokens for the servers of this repository';
  static override aliases = ['token ls'];
  static override examples = [{ command: 'lockstep token list', description: 'names, scopes and dates' }];
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(TokenList);
    const tokens = (await openTokens(this.context, await this.project(flags))).list();
    await this.print(flags, { tokens }, async () => (await import('../../render/tokens.ts')).tokenListText(tokens));
    return EXIT.ok;
  }
}
