import { LockstepError } from '../../../errors.ts';
import { EXIT } from '../../exit-code.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { text, wholeNumber } from '../../syntax/flags.ts';
import { jsonFlag } from '../../syntax/shared-flags.ts';

export default class AuditList extends BaseCommand {
  static override summary = 'Show what was done with the secrets of this vault on this machine';
  static override description =
    'Lists every use, reveal, export and change, with names and versions and never a value. A run that cannot be recorded does not start.';
  static override aliases = ['audit ls'];
  static override examples = [
    { command: 'lockstep audit list', description: 'the last 50 records' },
    {
      command: 'lockstep audit list --secret GITHUB_PAT --since 2026-11-01 --json',
      description: 'the records of one secret, for scripts',
    },
  ];
  static override flags = {
    secret: text('SECRET', 'only records about this secret'),
    since: text('YYYY-MM-DD', 'only records from this day on (UTC)'),
    limit: wholeNumber({ helpValue: 'N', default: 50, description: 'only the last N records; 0: all' }),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { flags } = await this.parse(AuditList);
    const { secret, since = '', limit } = flags;
    if (since !== '' && !/^\d{4}-\d\d-\d\d/.test(since))
      throw new LockstepError('usage/invalid', '--since takes a date', ['--since 2026-11-01']);
    const project = await this.project(flags);
    const vault = await project.vault.require();
    const records = project.vault
      .audit(vault)
      .read()
      .filter((one) => one.time >= since && (secret === undefined || one.secrets?.some(({ name }) => name === secret)))
      .slice(limit === 0 ? undefined : -limit);
    await this.print(flags, { vault: vault.id, records }, async () =>
      (await import('../../render/audit.ts')).auditText(records),
    );
    return EXIT.ok;
  }
}
