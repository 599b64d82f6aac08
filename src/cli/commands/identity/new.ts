import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { text, toggle } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class IdentityNew extends BaseCommand {
  static override summary = 'Make an identity, and show the card by which others add you to a vault';
  static override description = 'An existing file is never overwritten. The card holds public keys only.';
  static override examples = [
    { command: 'lockstep identity new', description: 'in the usual place, for every repository of yours' },
    { command: 'lockstep identity new --passphrase', description: 'wrapped in a passphrase, which is asked for' },
    { command: 'lockstep identity new --identity ci.txt', description: 'in a file of its own, as for a machine' },
  ];
  static override flags = {
    identity: text('FILE', 'where to write it (default: LOCKSTEP_IDENTITY_FILE, else the usual place)'),
    passphrase: toggle('wrap the file in a passphrase'),
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { flags } = await this.parse(IdentityNew);
    const { newIdentity } = await import('../../../project/vault/new-identity.ts');
    const made = await newIdentity({
      env: this.context.env,
      cwd: this.context.cwd,
      ...(flags.directory !== undefined && { directory: flags.directory }),
      ...(flags.identity !== undefined && { identityFile: flags.identity }),
      ...(flags.passphrase && { passphrase: await this.#askPassphrase() }),
    });
    await this.print(flags, made, async () => (await import('../../render/members.ts')).newIdentityText(made));
    return EXIT.ok;
  }

  async #askPassphrase(): Promise<string> {
    const passphrase = await this.context.ask('Passphrase: ', { hidden: true });
    const again = await this.context.ask('The same again: ', { hidden: true });
    if (passphrase !== '' && passphrase === again) return passphrase;
    const what = passphrase === '' ? 'a passphrase may not be empty' : 'the two passphrases differ';
    throw new LockstepError('usage/invalid', `${what}; nothing was written`, ['repeat the command']);
  }
}
