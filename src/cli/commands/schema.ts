import { EXIT } from '../exit-code.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { choiceArgument, toggle } from '../syntax/flags.ts';
import { jsonFlag } from '../syntax/shared-flags.ts';

const SCHEMAS = ['tool', 'agent', 'lockstep'] as const;

export default class Schema extends BaseCommand {
  static override summary = 'Print a JSON Schema of the definitions, or write them where an editor finds them';
  static override description =
    'An editor that finds the line `# yaml-language-server: $schema=../schemas/tool.schema.json` at the top of a file completes keys, shows their descriptions and marks mistakes. The package has the same files in lockstep/schemas/.';
  static override examples = [
    { command: 'lockstep schema tool', description: 'the schema of `kind: tool`' },
    { command: 'lockstep schema --write', description: 'write all of them into schemas/; again after an upgrade' },
  ];
  static override args = { name: choiceArgument(SCHEMAS, 'the schema to print') };
  static override flags = {
    write: toggle('write all of them into schemas/ of the repository'),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Schema);
    const { schemaText, writeSchemas } = await import('../../project/authoring/schema-files.ts');
    if (flags.write) {
      const project = await this.project(flags);
      const written = await writeSchemas(project.root);
      await this.print(flags, { written }, written.map((path) => `wrote ${path}\n`).join(''));
      return EXIT.ok;
    }
    if (args.name === undefined) {
      const { LockstepError } = await import('../../errors.ts');
      throw new LockstepError('usage/invalid', `name a schema: ${SCHEMAS.join(', ')}`, [
        'lockstep schema tool',
        'lockstep schema --write',
      ]);
    }
    this.context.stdout.write(schemaText(args.name));
    return EXIT.ok;
  }
}
