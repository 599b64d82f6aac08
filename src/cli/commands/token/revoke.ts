import { EXIT } from '../../exit-code.ts';
import { openTokens } from '../../open.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class TokenRevoke extends BaseCommand {
  static override summary = 'Revoke an access token; it counts from the next request on';
  static override examples = [{ command: 'lockstep token revoke ci', description: 'by its name' }];
  static override args = { name: argument('the name of the token') };
  static override flags = { json: jsonFlag };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(TokenRevoke);
    await (await openTokens(this.context, await this.project(flags))).revoke(args.name);
    await this.print(flags, { revoked: args.name }, `revoked ${args.name}\n`);
    return EXIT.ok;
  }
}
