import { type Command, defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretMove = relocation(
  'move',
  'Move a secret to another group',
  'moved',
  'lockstep secret move GITHUB_PAT --to prod',
);
export const secretCopy = relocation(
  'copy',
  'Copy a secret to another group',
  'copied',
  'lockstep secret copy GITHUB_PAT --to prod',
);

function relocation(verb: 'move' | 'copy', summary: string, done: string, command: string): Command {
  return defineCommand({
    name: `secret ${verb}`,
    summary,
    description:
      'By a writer of both groups; sealed anew, so that only the readers of the other group can open it there. Description and dates go with it, grants only when that is said.',
    examples: [{ command, does: 'granted to nobody there yet' }],
    args: [{ name: 'name', required: true, description: "the secret's name" }],
    flags: {
      to: { type: 'string', required: true, value: 'GROUP', description: 'the other group' },
      'with-grants': { type: 'boolean', description: 'grant it there to all that it is granted to here' },
      group: GROUP_FLAG,
      identity: IDENTITY_FLAG,
      json: JSON_FLAG,
    },
    async run(context, { args, flags }) {
      const project = await openProject(context, flags);
      const { copySecret } = await import('../../project/secret-relocation.ts');
      const { to, group, 'with-grants': withGrants } = flags;
      const options = { to, withGrants, move: verb === 'move', ...(group !== undefined && { group }) };
      const secret = await copySecret(project, args.name, options);
      if (flags.json) (await import('../render/json.ts')).printJson(context, secret);
      else {
        const grants = secret.allow.join(', ') || 'nobody yet';
        context.stdout.write(`${done} ${secret.name} to ${to}; granted there to ${grants}\n`);
      }
      return EXIT.ok;
    },
  });
}
