import { LockstepError } from '../../errors.ts';
import { agrees } from '../agrees.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretRemove = defineCommand({
  name: 'secret remove',
  summary: 'Remove a secret',
  description:
    'A signed note of the removal stays, so that nobody can bring the old value back unseen. Git still has the old ciphertext.',
  examples: [{ command: 'lockstep secret remove OLD_TOKEN', does: 'asks first' }],
  args: [{ name: 'name', required: true, description: "the secret's name" }],
  flags: {
    yes: { type: 'boolean', description: 'remove without asking' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Secrets } = await import('../../project/secrets.ts');
    const secrets = new Secrets(project);
    const { requestedBy, group } = await secrets.show(args.name, flags.group);
    if (!flags.yes) {
      const users = requestedBy.length === 0 ? 'No tool asks for it.' : `Asked for by: ${requestedBy.join(', ')}.`;
      const unasked = `lockstep secret remove ${args.name} --yes`;
      if (!(await agrees(context, `Remove ${args.name} from ${group}? ${users}`, unasked)))
        throw new LockstepError('secret/refused', 'nothing was removed', [unasked]);
    }
    await secrets.remove(args.name, flags.group);
    if (flags.json) (await import('../render/json.ts')).printJson(context, { removed: args.name, group, requestedBy });
    else context.stdout.write(`removed ${args.name} from ${group}\n`);
    return EXIT.ok;
  },
});
