import { LockstepError } from '../../errors.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const auditList = defineCommand({
  name: 'audit list',
  summary: 'Show what was done with the secrets of this vault on this machine',
  description:
    'Every use, reveal, export and change, with names and versions and never a value. A run that cannot be recorded does not start.',
  examples: [
    { command: 'lockstep audit list', does: 'the last 50 records' },
    {
      command: 'lockstep audit list --secret GITHUB_PAT --since 2026-11-01 --json',
      does: 'of one secret, for scripts',
    },
  ],
  flags: {
    secret: { type: 'string', value: 'NAME', description: 'only what concerns this secret' },
    since: { type: 'string', value: 'YYYY-MM-DD', description: 'only from this day on (UTC)' },
    limit: { type: 'integer', value: 'N', default: 50, description: 'the last N records' },
    json: JSON_FLAG,
  },
  async run(context, { flags }) {
    const { secret, since = '', limit } = flags;
    if (since !== '' && !/^\d{4}-\d\d-\d\d/.test(since))
      throw new LockstepError('usage/invalid', '--since takes a date', ['--since 2026-11-01']);
    const project = await openProject(context, flags);
    const vault = await project.vault.require();
    const records = project.vault
      .audit(vault)
      .read()
      .filter((one) => one.time >= since && (secret === undefined || one.secrets?.some(({ name }) => name === secret)))
      .slice(limit === 0 ? undefined : -limit);
    if (flags.json) (await import('../render/json.ts')).printJson(context, { vault: vault.id, records });
    else context.stdout.write((await import('../render/audit.ts')).auditText(records));
    return EXIT.ok;
  },
});
