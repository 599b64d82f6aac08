import type { ImportPreview } from '../../../project/secrets/secret-import.ts';
import { confirm } from '../../confirm.ts';
import { EXIT } from '../../exit-code.ts';
import { readInput } from '../../secrets/read-value.ts';
import { BaseCommand } from '../../syntax/base-command.ts';
import { argument, choice, texts, toggle } from '../../syntax/flags.ts';
import { groupFlag, identityFlag, jsonFlag } from '../../syntax/shared-flags.ts';
import { say } from '../../terminal/say.ts';

export default class SecretImport extends BaseCommand {
  static override summary = 'Import values from a dotenv file, a JSON object, or the output of sops';
  static override description =
    'Shows what is new and what changes, and asks. The whole file is checked before anything is stored. Delete the file afterwards, and rotate what was in plain text, above all what was in Git.';
  static override examples = [
    { command: 'lockstep secret import .env', description: 'show what would be stored, and ask' },
    {
      command: 'sops -d --output-type json secrets.yaml | lockstep secret import - --format json --yes',
      description: 'from another store',
    },
    {
      command: 'sops -d --output-type json nested.yaml | lockstep secret import - --format json --flatten _',
      description: 'what is nested, too',
    },
    {
      command: 'lockstep secret import dump.json --group dev --overwrite',
      description: 'also change the values of existing secrets',
    },
  ];
  static override args = { file: argument('the file; - reads standard input') };
  static override flags = {
    format: choice(['dotenv', 'json', 'sops'], 'the format; default: guessed from the name and the first line'),
    flatten: choice(['_', '__'], 'join nested names by this: db: {password: x} becomes db_password'),
    allow: texts('GRANT', 'grants of every new secret'),
    overwrite: toggle('also change the values of existing secrets'),
    yes: toggle('import without asking'),
    group: groupFlag,
    identity: identityFlag,
    json: jsonFlag,
  };
  static override writes = true;

  async run(): Promise<number> {
    const { args, flags } = await this.parse(SecretImport);
    const { allow, group, overwrite, format, flatten } = flags;
    const project = await this.project(flags);
    const { readValueFile } = await import('../../../project/secrets/value-file.ts');
    const { importValues, previewImport } = await import('../../../project/secrets/secret-import.ts');
    const values = readValueFile(args.file, await readInput(this.context, args.file), {
      ...(format !== undefined && { format }),
      ...(flatten !== undefined && { flatten }),
    });
    const options = { overwrite, ...(allow.length > 0 && { allow }), ...(group !== undefined && { group }) };
    const preview = await previewImport(project, values, options);
    for (const warning of preview.warnings) this.warn(warning);
    if (!flags.yes) {
      say(this.context.stderr, `${listText(preview)}\n`);
      await confirm(this.context, `Import into ${preview.group}?`, {
        message: 'nothing was imported',
        otherwise: `lockstep secret import ${args.file} --yes`,
      });
    }
    await importValues(project, values, preview, options);
    await this.print(flags, preview, `${listText(preview)}\nimported into ${preview.group}\n`);
    return EXIT.ok;
  }
}

function listText({ create, change }: ImportPreview): string {
  const lines = [
    create.length > 0 && `new: ${create.join(', ')}`,
    change.length > 0 && `changed: ${change.join(', ')}`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}
