import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';

export const schema = defineCommand({
  name: 'schema',
  summary: 'Print a JSON Schema of the definitions, or write them where an editor finds them',
  description:
    'An editor that reads the line `# yaml-language-server: $schema=../schemas/tool.schema.json` at the head of a file completes keys, shows their descriptions and marks mistakes. The same files stand in the package, at lockstep/schemas/.',
  examples: [
    { command: 'lockstep schema tool', does: 'the schema of `kind: tool`' },
    { command: 'lockstep schema --write', does: 'write all of them into schemas/, anew after an upgrade' },
  ],
  args: [{ name: 'name', options: ['tool', 'agent', 'lockstep'], description: 'which one to print' }],
  flags: {
    write: { type: 'boolean', description: 'write all of them into schemas/ of the repository' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const { schemaText, writeSchemas } = await import('../../project/schema-files.ts');
    if (flags.write) {
      const project = await openProject(context, flags);
      const written = await writeSchemas(project.root);
      if (flags.json) (await import('../render/json.ts')).printJson(context, { written });
      else context.stdout.write(written.map((path) => `wrote ${path}\n`).join(''));
      return EXIT.ok;
    }
    if (args.name === undefined) {
      const { LockstepError } = await import('../../errors.ts');
      throw new LockstepError('usage/invalid', 'which schema? It is one of: tool, agent, lockstep', [
        'lockstep schema tool',
        'lockstep schema --write',
      ]);
    }
    context.stdout.write(schemaText(args.name));
    return EXIT.ok;
  },
});
