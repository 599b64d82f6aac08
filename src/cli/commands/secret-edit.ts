import type { SecretValue } from '../../vault/secret-value.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretEdit = defineCommand({
  name: 'secret edit',
  summary: 'Change a value in your editor',
  description:
    'In $VISUAL or $EDITOR, in a private folder in memory that is gone afterwards; nothing is put on a disk, and vim keeps no swap, backup or undo file. Saving nothing changes nothing. What your editor itself keeps elsewhere is between you and it.',
  examples: [{ command: 'lockstep secret edit TLS_CERT', does: 'the next version is what you save' }],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    'allow-disk': {
      type: 'boolean',
      description: 'on a machine without a memory-backed folder, use a file on the disk',
    },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args: { name }, flags }) {
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const { editValue } = await import('../edit-value.ts');
    const change = (value: SecretValue) => editValue(context, name, value, flags['allow-disk']);
    const report = await new Secrets(project).edit(name, change, flags.group);
    for (const warning of report?.warnings ?? []) context.stderr.write(`warning: ${warning}\n`);
    if (flags.json) (await import('../render/json.ts')).printJson(context, report ?? { unchanged: name });
    else if (report === null) context.stdout.write(`${name} is as it was\n`);
    else context.stdout.write(`stored ${name} version ${report.secret.version} in ${report.secret.group}\n`);
    return EXIT.ok;
  },
});
