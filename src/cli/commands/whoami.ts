import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { identityFlag, jsonFlag } from '../syntax/shared-flags.ts';

export default class Whoami extends BaseCommand {
  static override summary = 'Show your member card, which others need to add you to a vault';
  static override description = 'The card holds public keys only.';
  static override examples = [
    { command: 'lockstep whoami', description: 'your card, and your name in this vault' },
    { command: 'lockstep whoami --json', description: 'for scripts' },
  ];
  static override flags = { identity: identityFlag, json: jsonFlag };

  async run(): Promise<number> {
    const { flags } = await this.parse(Whoami);
    const project = await this.project(flags);
    const { cardOf } = await import('../../project/vault/new-identity.ts');
    const { identity, source } = await project.vault.identity();
    const vault = await project.vault.open();
    const { recipient, signingKey: signing } = identity;
    const card = cardOf(identity);
    const me = { card, recipient, signing, source, member: vault?.memberOf(identity) ?? null };
    await this.print(flags, me, async () => {
      const { columns } = await import('../render/table.ts');
      const rows = [
        ['card', card],
        ['identity', source],
        ['in this vault', vault === null ? 'there is no vault here' : (me.member ?? 'not a member')],
      ];
      return `${columns(rows)}\n`;
    });
    return EXIT.ok;
  }
}
