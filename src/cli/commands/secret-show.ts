import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG } from '../shared-flags.ts';

export const secretShow = defineCommand({
  name: 'secret show',
  summary: 'Show what is known of a secret, without its value',
  examples: [{ command: 'lockstep secret show GITHUB_PAT', does: 'who may use it, who asks for it, how old it is' }],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const secret = await new Secrets(project).show(args.name, flags.group);
    if (flags.json) (await import('../render/json.ts')).printJson(context, secret);
    else context.stdout.write((await import('../render/secrets.ts')).secretText(secret));
    return EXIT.ok;
  },
});
