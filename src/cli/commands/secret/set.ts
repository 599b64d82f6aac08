import type { SetReport } from '../../../project/secrets/secrets.ts';
import { EXIT } from '../../exit-code.ts';
import { readValue } from '../../secrets/read-value.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, text, texts } from '../../syntax/flags.ts';
import { DATE_FLAGS, datesOf, groupFlag, identityFlag, jsonFlag, VALUE_FLAGS } from '../../syntax/shared-flags.ts';

export default class SecretSet extends BaseCommand {
  static override summary = 'Store a value: from a prompt without echo, from standard input, or from a file';
  static override description =
    'Never from the command line, which every process can read. Bytes are kept exactly, but for one line break after a value of one line. A new secret is granted to the tools that request it now, or to what --allow names; the grants of an existing secret never change.';
  static override examples = [
    { command: 'lockstep secret set GITHUB_PAT', description: 'ask for the value' },
    {
      command: 'printf %s "$TOKEN" | lockstep secret set GITHUB_PAT --description "release bot"',
      description: 'read it from standard input',
    },
    {
      command: 'lockstep secret set TLS_CERT --from-file cert.pem --allow tool:deploy',
      description: 'read it from a file, and grant it to one tool',
    },
  ];
  static override writes = true;
  static override args = { secret: argument('the name of the secret') };
  static override flags = {
    description: text('TEXT', 'what the secret is for; anyone can read this'),
    ...VALUE_FLAGS,
    allow: texts('GRANT', 'grants of a new secret: tool:NAME, agent:NAME or exec'),
    ...DATE_FLAGS,
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretSet);
    const project = await this.project(flags);
    await project.vault.require();
    const value = await readValue(this.context, args.secret, flags);
    const { Secrets } = await import('../../../project/secrets/secrets.ts');
    const { description, group, allow } = flags;
    const report = await new Secrets(project).set(args.secret, value, {
      ...datesOf(flags),
      ...(description !== undefined && { description }),
      ...(group !== undefined && { group }),
      ...(allow.length > 0 && { allow }),
    });
    for (const warning of report.warnings) this.warn(warning);
    const { name, version, group: storedIn } = report.secret;
    await this.print(flags, report, `stored ${name} version ${version} in ${storedIn}; ${grantsText(report, allow)}\n`);
    return EXIT.ok;
  }
}

function grantsText({ secret: { name, allow }, created }: SetReport, wanted: readonly string[]): string {
  const command = `lockstep secret grant ${name} --to`;
  if (created) return `granted to ${allow.join(', ') || `nobody yet: ${command} tool:NAME`}`;
  const words = wanted.map((grant) => (/[^\w:@-]/.test(grant) ? `'${grant}'` : grant));
  const ignored = wanted.length === 0 ? '' : ` (--allow is for a new secret: ${command} ${words.join(' --to ')})`;
  return `its grants are unchanged${ignored}`;
}
