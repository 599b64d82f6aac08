import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, optionalArgument } from '../../syntax/flags.ts';
import { DATE_FLAGS, datesOf, groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';

export default class SecretDescribe extends BaseCommand {
  static override summary = 'Say what a secret is for, and when it has to be replaced';
  static override description =
    'Anyone who can read the repository can read this. The value and its version do not change.';
  static override examples = [
    {
      command: 'lockstep secret describe GITHUB_PAT "token of the release bot"',
      description: 'the text that `secret list` shows',
    },
    {
      command: 'lockstep secret describe DEPLOY_ENV "which cluster; an ordinary word"',
      description: '`lockstep scan --help` says how files may hold the value',
    },
    {
      command: 'lockstep secret describe GITHUB_PAT --rotate-every 90d --expires never',
      description: '`check` reports when 90 days are over',
    },
  ];
  static override args = {
    secret: argument('the name of the secret'),
    text: optionalArgument('what it is for; an empty text removes the description'),
  };
  static override flags = { ...DATE_FLAGS, group: groupFlag, identity: identityFlag, json: jsonFlag };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretDescribe);
    const { secret, text } = args;
    const words = { ...datesOf(flags), ...(text !== undefined && { description: text === '' ? null : text }) };
    if (Object.keys(words).length === 0)
      throw new LockstepError('usage/invalid', 'nothing to change: give a text, --rotate-every or --expires', [
        `lockstep secret describe ${secret} TEXT`,
      ]);
    const project = await this.project(flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const secrets = new Secrets(project);
    await secrets.describe(secret, words, flags.group);
    const shown = await secrets.show(secret, flags.group);
    await this.print(flags, shown, async () => (await import('../../render/secrets.ts')).secretText(shown));
    return EXIT.ok;
  }
}
