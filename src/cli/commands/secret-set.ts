import type { SetReport } from '../../project/secrets.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { readValue } from '../read-value.ts';
import { DATE_FLAGS, datesOf, GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretSet = defineCommand({
  name: 'secret set',
  summary: 'Store a value: asked for without echo, from standard input, or from a file',
  description:
    'Never from the command line, which every process can read. Bytes are kept exactly. A new secret is granted to the tools that ask for it now, or to what --allow says; on an existing one grants never change.',
  examples: [
    { command: 'lockstep secret set GITHUB_PAT', does: 'asks for the value' },
    {
      command: 'printf %s "$TOKEN" | lockstep secret set GITHUB_PAT --description "release bot"',
      does: 'from standard input',
    },
    {
      command: 'lockstep secret set TLS_CERT --from-file cert.pem --allow tool:deploy',
      does: 'from a file, for one tool',
    },
  ],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    description: { type: 'string', value: 'TEXT', description: 'what it is; anyone can read it' },
    'from-file': { type: 'string', value: 'FILE', description: 'take the value from a file' },
    allow: {
      type: 'string',
      multiple: true,
      value: 'GRANT',
      description: 'grants of a new secret: tool:NAME, agent:NAME, exec',
    },
    ...DATE_FLAGS,
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    await project.vault.require();
    const value = await readValue(context, args.name, flags['from-file']);
    const { Secrets } = await import('../../project/secrets.ts');
    const { description, group, allow } = flags;
    const report = await new Secrets(project).set(args.name, value, {
      ...datesOf(flags),
      ...(description !== undefined && { description }),
      ...(group !== undefined && { group }),
      ...(allow.length > 0 && { allow }),
    });
    for (const warning of report.warnings) context.stderr.write(`warning: ${warning}\n`);
    if (flags.json) (await import('../render/json.ts')).printJson(context, report);
    else {
      const { name, version, group } = report.secret;
      context.stdout.write(`stored ${name} version ${version} in ${group}; ${grantsText(report, allow)}\n`);
    }
    return EXIT.ok;
  },
});

function grantsText({ secret: { name, allow }, created }: SetReport, wanted: readonly string[]): string {
  const command = `lockstep secret grant ${name} --to`;
  if (created) return `granted to ${allow.join(', ') || `nobody yet: ${command} tool:NAME`}`;
  const words = wanted.map((grant) => (/[^\w:@-]/.test(grant) ? `'${grant}'` : grant));
  const ignored = wanted.length === 0 ? '' : ` (--allow is for a new secret: ${command} ${words.join(' --to ')})`;
  return `its grants are as they were${ignored}`;
}
