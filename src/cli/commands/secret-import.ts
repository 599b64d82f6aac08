import { LockstepError } from '../../errors.ts';
import type { ImportPreview } from '../../project/secret-import.ts';
import { agrees } from '../agrees.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { readInput } from '../read-value.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretImport = defineCommand({
  name: 'secret import',
  summary: 'Take values over from a dotenv file, a JSON object, or what sops decrypts',
  description:
    'Shows what would be new and what would change, and asks. The whole file is checked before anything is stored. Delete the file afterwards: what was in plain text, in Git above all, is to be rotated.',
  examples: [
    { command: 'lockstep secret import .env', does: 'shows what it would store, and asks' },
    { command: 'sops -d secrets.yaml | lockstep secret import - --yes', does: 'from another store' },
    {
      command: 'lockstep secret import dump.json --group dev --overwrite',
      does: 'also the next value of what is there',
    },
  ],
  args: [{ name: 'file', required: true, description: 'the file; - reads standard input' }],
  flags: {
    format: {
      type: 'string',
      options: ['dotenv', 'json', 'sops'],
      value: 'FORMAT',
      description: 'default: by the name and the first line',
    },
    allow: { type: 'string', multiple: true, value: 'GRANT', description: 'grants of every new secret' },
    overwrite: { type: 'boolean', description: 'give those that are there their next value' },
    yes: { type: 'boolean', description: 'import without asking' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args: { file }, flags }) {
    const { allow, group, overwrite, format } = flags;
    const project = await openProject(context, flags);
    const { readValueFile } = await import('../../project/value-file.ts');
    const { importValues, previewImport } = await import('../../project/secret-import.ts');
    const values = readValueFile(file, await readInput(context, file), format);
    const options = { overwrite, ...(allow.length > 0 && { allow }), ...(group !== undefined && { group }) };
    const preview = await previewImport(project, values, options);
    for (const warning of preview.warnings) context.stderr.write(`warning: ${warning}\n`);
    if (!flags.yes) {
      context.stderr.write(`${listText(preview)}\n`);
      const unasked = `lockstep secret import ${file} --yes`;
      if (!(await agrees(context, `Import into ${preview.group}?`, unasked)))
        throw new LockstepError('secret/refused', 'nothing was imported', [unasked]);
    }
    await importValues(project, values, preview, options);
    if (flags.json) (await import('../render/json.ts')).printJson(context, preview);
    else context.stdout.write(`${listText(preview)}\nimported into ${preview.group}\n`);
    return EXIT.ok;
  },
});

function listText({ create, change }: ImportPreview): string {
  const lines = [
    create.length > 0 && `new: ${create.join(', ')}`,
    change.length > 0 && `changed: ${change.join(', ')}`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}
