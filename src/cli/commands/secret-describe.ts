import { LockstepError } from '../../errors.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { DATE_FLAGS, datesOf, GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretDescribe = defineCommand({
  name: 'secret describe',
  summary: 'Say what a secret is, and when it has to be replaced',
  description: 'Anyone who can read the repository can read this. The value and its version stay as they are.',
  examples: [
    { command: 'lockstep secret describe GITHUB_PAT "token of the release bot"', does: 'what `secret list` shows' },
    {
      command: 'lockstep secret describe GITHUB_PAT --rotate-every 90d --expires never',
      does: '`check` says when 90 days are over',
    },
  ],
  args: [
    { name: 'name', required: true, description: "the secret's name" },
    { name: 'text', description: 'what it is; an empty text takes the description away' },
  ],
  flags: { ...DATE_FLAGS, group: GROUP_FLAG, identity: IDENTITY_FLAG, json: JSON_FLAG },
  async run(context, { args: { name, text }, flags }) {
    const words = { ...datesOf(flags), ...(text !== undefined && { description: text === '' ? null : text }) };
    if (Object.keys(words).length === 0)
      throw new LockstepError('usage/invalid', 'there is nothing to say: give a text, --rotate-every or --expires', [
        `lockstep secret describe ${name} TEXT`,
      ]);
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const secrets = new Secrets(project);
    await secrets.describe(name, words, flags.group);
    const shown = await secrets.show(name, flags.group);
    if (flags.json) (await import('../render/json.ts')).printJson(context, shown);
    else context.stdout.write((await import('../render/secrets.ts')).secretText(shown));
    return EXIT.ok;
  },
});
