import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag } from '../../syntax/shared-flags.ts';

export default class SecretReveal extends BaseCommand {
  static override summary = 'Show the value of a secret, on a terminal';
  static override description =
    'Writes to a pipe or a file only with --stdout; then the bytes are exactly those that were stored.';
  static override examples = [
    { command: 'lockstep secret reveal GITHUB_PAT', description: 'on the terminal' },
    { command: 'lockstep secret reveal TLS_CERT --stdout > cert.pem', description: 'byte for byte' },
  ];
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    stdout: toggle('also write where standard output is not a terminal'),
    group: groupFlag,
    identity: identityFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretReveal);
    const { stdout, terminal } = this.context;
    if (!flags.stdout && !terminal.stdout)
      throw new LockstepError(
        'terminal/needed',
        'standard output is not a terminal; a value is written elsewhere only with --stdout',
        [`lockstep secret reveal ${args.secret} --stdout`],
      );
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const value = await new Secrets(project).reveal(args.secret, flags.group);
    stdout.write(value.reveal());
    if (terminal.stdout && !flags.stdout) stdout.write('\n');
    return EXIT.ok;
  }
}
