import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { readValue } from '../../secrets/read-value.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, text } from '../../syntax/flags.ts';
import { DATE_FLAGS, datesOf, groupFlag, identityFlag, jsonFlag, VALUE_FLAGS } from '../../syntax/shared-flags.ts';

export default class SecretRotate extends BaseCommand {
  static override summary = 'Give a secret its next value: from a prompt, from standard input, or from a command';
  static override description =
    'The secret has to exist; its grants do not change. One line break at the end of what --command prints is removed, as a shell does; when the command fails, nothing changes. It runs in your environment, without the variables that lead to an identity.';
  static override examples = [
    { command: 'lockstep secret rotate GITHUB_PAT', description: 'ask for the new value' },
    {
      command: "lockstep secret rotate DB_PASSWORD --command 'openssl rand -hex 32'",
      description: 'a new random value',
    },
    {
      command: 'lockstep secret rotate TLS_CERT --from-file cert.pem --expires 2027-01-31',
      description: 'with the day on which it ends',
    },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    command: text('CMD', 'a shell command that prints the new value on standard output'),
    ...VALUE_FLAGS,
    ...DATE_FLAGS,
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretRotate);
    const { command, group, 'from-file': file } = flags;
    if (command !== undefined && file !== undefined)
      throw new LockstepError('usage/invalid', 'give one of --command and --from-file', [
        'lockstep secret rotate --help',
      ]);
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const secrets = new Secrets(project);
    await secrets.show(args.secret, group);
    const value =
      command === undefined
        ? await readValue(this.context, args.secret, flags)
        : await (await import('../../secrets/value-command.ts')).valueOfCommand(this.context, command);
    const options = { ...datesOf(flags), ...(group !== undefined && { group }) };
    const report = await secrets.rotate(args.secret, value, options);
    for (const warning of report.warnings) this.warn(warning);
    const { name, version, group: storedIn } = report.secret;
    await this.print(flags, report, `rotated ${name} to version ${version} in ${storedIn}; its grants are unchanged\n`);
    return EXIT.ok;
  }
}
