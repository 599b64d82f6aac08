import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretHistory = defineCommand({
  name: 'secret history',
  summary: 'Show the signed changes of a secret that Git remembers',
  description:
    'Needs no key and shows no value. A change that no writer of that time is shown to have signed is marked.',
  examples: [{ command: 'lockstep secret history GITHUB_PAT', does: 'newest first' }],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { secretHistory } = await import('../../project/secret-history.ts');
    const history = await secretHistory(project, context.env, args.name, flags.group);
    if (flags.json) (await import('../render/json.ts')).printJson(context, history);
    else context.stdout.write((await import('../render/history.ts')).historyText(history));
    return EXIT.ok;
  },
});

export const secretRollback = defineCommand({
  name: 'secret rollback',
  summary: 'Bring an old value back, as a new version',
  description:
    'The old value is found in Git and opened as the version that it was, with the key of its time. Grants stay as they are now.',
  examples: [{ command: 'lockstep secret rollback GITHUB_PAT --to 3', does: 'as `secret history` counts' }],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    to: { type: 'integer', required: true, value: 'VERSION', description: 'the version whose value comes back' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { rollbackSecret } = await import('../../project/secret-relocation.ts');
    const secret = await rollbackSecret(project, context.env, args.name, Number(flags.to), flags.group);
    const { name, version, group, exposed } = secret;
    if (exposed) context.stderr.write(`warning: ${exposed.join(', ')} could read this value and has left\n`);
    if (flags.json) (await import('../render/json.ts')).printJson(context, secret);
    else context.stdout.write(`stored ${name} version ${version} in ${group}: the value of version ${flags.to}\n`);
    return EXIT.ok;
  },
});
