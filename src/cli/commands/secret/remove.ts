import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretRemove extends BaseCommand {
  static override summary = 'Remove a secret';
  static override description =
    'A signed record of the removal stays, so that no one can restore the old value unnoticed. Git still has the old ciphertext.';
  static override aliases = ['secret rm', 'secret delete'];
  static override examples = [{ command: 'lockstep secret remove OLD_TOKEN', description: 'ask first' }];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    yes: toggle('remove without asking'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRemove);
    const name = args.secret;
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const secrets = new Secrets(project);
    const { requestedBy, group } = await secrets.show(name, flags.group);
    if (!flags.yes) {
      const users = requestedBy.length === 0 ? 'No tool requests it.' : `Requested by: ${requestedBy.join(', ')}.`;
      await confirm(this.context, `Remove ${name} from ${group}? ${users}`, {
        message: 'nothing was removed',
        otherwise: `lockstep secret remove ${name} --yes`,
      });
    }
    await secrets.remove(name, flags.group);
    await this.print(flags, { removed: name, group, requestedBy }, `removed ${name} from ${group}\n`);
    return EXIT.ok;
  }
}
