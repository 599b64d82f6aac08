import { LockstepError } from '../../errors.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { readValue } from '../read-value.ts';
import { DATE_FLAGS, datesOf, GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretRotate = defineCommand({
  name: 'secret rotate',
  summary: 'Give a secret its next value: asked for, from standard input, or made by a command',
  description:
    'The secret has to be there; its grants stay. Of what --command prints one last line break is cut off, as a shell does; when it fails, nothing changes. Its environment is yours, without what leads to an identity.',
  examples: [
    { command: 'lockstep secret rotate GITHUB_PAT', does: 'asks for the new value' },
    { command: "lockstep secret rotate DB_PASSWORD --command 'openssl rand -hex 32'", does: 'a new random one' },
    {
      command: 'lockstep secret rotate TLS_CERT --from-file cert.pem --expires 2027-01-31',
      does: 'with the day on which it ends',
    },
  ],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    command: { type: 'string', value: 'CMD', description: 'a shell command whose standard output is the new value' },
    'from-file': { type: 'string', value: 'FILE', description: 'take the value from a file' },
    ...DATE_FLAGS,
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const { command, 'from-file': file } = flags;
    if (command !== undefined && file !== undefined)
      throw new LockstepError('usage/invalid', 'a value comes from --command or --from-file, not from both', [
        'lockstep secret rotate --help',
      ]);
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const secrets = new Secrets(project);
    await secrets.show(args.name, flags.group);
    const value =
      command === undefined
        ? await readValue(context, args.name, file)
        : await (await import('../value-command.ts')).valueOfCommand(context, command);
    const { group } = flags;
    const report = await secrets.rotate(args.name, value, { ...datesOf(flags), ...(group !== undefined && { group }) });
    for (const warning of report.warnings) context.stderr.write(`warning: ${warning}\n`);
    if (flags.json) (await import('../render/json.ts')).printJson(context, report);
    else {
      const { name, version, group } = report.secret;
      context.stdout.write(`rotated ${name} to version ${version} in ${group}; its grants are as they were\n`);
    }
    return EXIT.ok;
  },
});
