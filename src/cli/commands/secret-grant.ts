import { LockstepError } from '../../errors.ts';
import type { SecretReport } from '../../project/secrets.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

const TO = {
  type: 'string',
  multiple: true,
  required: true,
  value: 'GRANT',
  description: 'tool:NAME, agent:NAME, exec, or * (anything)',
} as const;

export const secretGrant = defineCommand({
  name: 'secret grant',
  summary: 'Let a tool, an agent or `exec` use a secret',
  description: 'A definition only asks; this signed grant allows.',
  examples: [
    { command: 'lockstep secret grant GITHUB_PAT --to tool:release-notes', does: 'however the tool is started' },
    {
      command: 'lockstep secret grant GITHUB_PAT --to tool:release-notes --pin',
      does: 'to the tool as it is now: a change loses the secret',
    },
    {
      command: 'lockstep secret grant PROXY --to tool:fetch --as HTTPS_PROXY',
      does: 'under a variable name that redirects code',
    },
  ],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    to: TO,
    pin: { type: 'boolean', description: "to the tool's present digest only" },
    as: {
      type: 'string',
      value: 'VARIABLE',
      description: 'allow this variable name, though it runs or redirects code',
    },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const secrets = new Secrets(project);
    const grants = flags.to.map(
      (to) => (flags.pin ? pinned(secrets.pinned(to), to) : to) + (flags.as === undefined ? '' : ` as:${flags.as}`),
    );
    const secret = await secrets.grant(args.name, grants, flags.group);
    for (const warning of secrets.grantWarnings(grants)) context.stderr.write(`warning: ${warning}\n`);
    return show(context, secret, flags.json);
  },
});

export const secretRevoke = defineCommand({
  name: 'secret revoke',
  summary: 'Take a grant back',
  examples: [
    { command: 'lockstep secret revoke GITHUB_PAT --to tool:release-notes', does: 'as `secret show` prints it' },
  ],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: { to: TO, group: GROUP_FLAG, identity: IDENTITY_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    return show(context, await new Secrets(project).revoke(args.name, flags.to, flags.group), flags.json);
  },
});

function pinned(grant: string, written: string): string {
  if (grant !== written || written.includes('@sha256:')) return grant;
  throw new LockstepError('usage/invalid', '--pin goes with tool:NAME', ['--to tool:NAME --pin']);
}

async function show(context: Context, secret: SecretReport, json: boolean): Promise<number> {
  if (json) (await import('../render/json.ts')).printJson(context, secret);
  else context.stdout.write(`${secret.name} in ${secret.group} is granted to ${secret.allow.join(', ') || 'nobody'}\n`);
  return EXIT.ok;
}
