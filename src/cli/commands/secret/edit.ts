import type { SecretValue } from '../../../vault/secret-value.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretEdit extends BaseCommand {
  static override summary = 'Change a value in your editor';
  static override description =
    'Opens $VISUAL or $EDITOR on a file in a private folder in memory, which is deleted afterwards; nothing is written to a disk, and vim keeps no swap, backup or undo file. If you save no change, nothing changes. What your editor stores elsewhere is outside the control of Lockstep.';
  static override examples = [
    { command: 'lockstep secret edit TLS_CERT', description: 'what you save becomes the next version' },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    'allow-disk': toggle('use a file on the disk where the machine has no memory-backed folder'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretEdit);
    const name = args.secret;
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const { editValue } = await import('../../secrets/edit-value.ts');
    const change = (value: SecretValue) => editValue(this.context, name, value, flags['allow-disk']);
    const report = await new Secrets(project).edit(name, change, flags.group);
    for (const warning of report?.warnings ?? []) this.warn(warning);
    const text =
      report === null
        ? `${name} is unchanged\n`
        : `stored ${name} version ${report.secret.version} in ${report.secret.group}\n`;
    await this.print(flags, report ?? { unchanged: name }, text);
    return EXIT.ok;
  }
}
