import { LockstepError } from '../../errors.ts';
import { defineCommand } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretExport = defineCommand({
  name: 'secret export',
  summary: 'Write out values as a dotenv file or a JSON object',
  description:
    'On a terminal; into a pipe or a file only when --stdout says so. Every export is recorded. In JSON a value that is no text is {"base64": "..."}; a dotenv file cannot hold one.',
  examples: [
    { command: 'lockstep secret export --format dotenv', does: 'the whole group, on the terminal' },
    {
      command: 'lockstep secret export --format json --stdout GITHUB_PAT SLACK_BOT > values.json',
      does: 'two of them',
    },
  ],
  args: [{ name: 'name', multiple: true, description: 'which; default: all of the group' }],
  flags: {
    format: { type: 'string', options: ['dotenv', 'json'], required: true, value: 'FORMAT', description: 'how' },
    stdout: { type: 'boolean', description: 'also where standard output is no terminal' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
  },
  async run(context, { args, flags }) {
    const { format, group } = flags;
    if (!flags.stdout && !context.terminal.stdout)
      throw new LockstepError(
        'terminal/needed',
        'standard output is no terminal, and values are not put anywhere else unasked',
        [`lockstep secret export --format ${format} --stdout`],
      );
    const project = await openProject(context, flags);
    const { exportSecrets } = await import('../../project/secret-export.ts');
    const options = { format, names: args.name, ...(group !== undefined && { group }) };
    context.stdout.write(await exportSecrets(project, options));
    return EXIT.ok;
  },
});
