import { option } from '@oclif/core/flags';
import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { remainingArguments, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag } from '../../syntax/shared-flags.ts';

const FORMATS = ['dotenv', 'json'] as const;

export default class SecretExport extends BaseCommand {
  static override summary = 'Write values as a dotenv file or a JSON object';
  static override description =
    'Writes to a terminal; to a pipe or a file only with --stdout. Every export is recorded. In JSON, a value that is not text is {"base64": "..."}; a dotenv file cannot hold one.';
  static override examples = [
    { command: 'lockstep secret export --format dotenv', description: 'the whole group, on the terminal' },
    {
      command: 'lockstep secret export --format json --stdout GITHUB_PAT SLACK_BOT > values.json',
      description: 'two secrets, to a file',
    },
  ];
  static override args = { secret: remainingArguments('the secrets; default: all of the group') };
  static override flags = {
    format: option({ options: FORMATS })({ required: true, helpValue: FORMATS.join('|'), description: 'the format' }),
    stdout: toggle('also write where standard output is not a terminal'),
    group: groupFlag,
    identity: identityFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretExport);
    const { format, group } = flags;
    if (!flags.stdout && !this.context.terminal.stdout)
      throw new LockstepError(
        'terminal/needed',
        'standard output is not a terminal; values are written elsewhere only with --stdout',
        [`lockstep secret export --format ${format} --stdout`],
      );
    const project = await this.project(flags);
    const { exportSecrets } = await import('../../../project/secrets/secret-export.ts');
    const options = { format, names: args.secret, ...(group !== undefined && { group }) };
    this.context.stdout.write(await exportSecrets(project, options));
    return EXIT.ok;
  }
}
