import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, wholeNumber } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretRollback extends BaseCommand {
  static override summary = 'Restore an old value, as a new version';
  static override description =
    'Finds the old value in Git and opens it with the key of its time. The grants stay as they are now.';
  static override examples = [
    {
      command: 'lockstep secret rollback GITHUB_PAT --to 3',
      description: 'a version that `secret history` lists',
    },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    to: wholeNumber({ required: true, helpValue: 'VERSION', description: 'the version whose value to restore' }),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRollback);
    const project = await this.project(flags);
    const { rollbackSecret } = await import('../../../project/secrets/secret-relocation.ts');
    const secret = await rollbackSecret(project, args.secret, flags.to, flags.group);
    const { name, version, group, exposed } = secret;
    if (exposed) this.warn(`${exposed.join(', ')} left the vault and could read this value`);
    await this.print(
      flags,
      secret,
      `stored ${name} version ${version} in ${group}: the value of version ${flags.to}\n`,
    );
    return EXIT.ok;
  }
}
