import { LockstepError } from '../../errors.ts';
import { agrees } from '../agrees.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { IDENTITY_FLAG } from '../shared-flags.ts';

export const memberAdd = defineCommand({
  name: 'member add',
  summary: 'Add a member to the vault, or rights to a member',
  description:
    'Takes an admin, and for --read one who reads the group. The card is what `lockstep whoami` shows them; for one who only reads, an age recipient will do.',
  examples: [
    { command: 'lockstep member add bob age1...:KEY --read dev --write dev', does: 'a colleague, for one group' },
    { command: 'lockstep member add ci age1... --read prod', does: 'a machine that only reads' },
    { command: 'lockstep member add bob --admin', does: 'more rights for a member' },
  ],
  args: [
    { name: 'name', required: true, description: "the member's name in this vault" },
    { name: 'card', description: 'age1...:SIGNINGKEY; left out for a member that there is' },
  ],
  flags: {
    read: { type: 'string', multiple: true, value: 'GROUP', description: 'let them read the secrets of a group' },
    write: { type: 'string', multiple: true, value: 'GROUP', description: 'let them change the secrets of a group' },
    admin: { type: 'boolean', description: 'let them change members and groups' },
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const { read, write, admin } = flags;
    const wish = { read, write, admin, ...(args.card !== undefined && { card: args.card }) };
    const member = await new Members(project).add(args.name, wish);
    if (flags.json) (await import('../render/json.ts')).printJson(context, member);
    else context.stdout.write((await import('../render/members.ts')).addedText(member));
    return EXIT.ok;
  },
});

export const memberList = defineCommand({
  name: 'member list',
  summary: 'List the members of the vault and what each may do',
  description: 'Needs no key.',
  examples: [{ command: 'lockstep member list', does: 'names, groups, cards' }],
  flags: { json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const members = await new Members(project).list();
    if (flags.json) (await import('../render/json.ts')).printJson(context, { members });
    else context.stdout.write((await import('../render/members.ts')).memberListText(members));
    return EXIT.ok;
  },
});

export const memberRemove = defineCommand({
  name: 'member remove',
  summary: 'Remove a member, give new keys to what they could read, and say what is to rotate',
  description:
    'Takes an admin who reads and writes those groups. What the member could read they know for ever: each such secret is marked until it has another value, and `lockstep check --strict` fails.',
  examples: [{ command: 'lockstep member remove bob', does: 'asks first' }],
  args: [{ name: 'name', required: true, description: "the member's name" }],
  flags: {
    yes: { type: 'boolean', description: 'remove without asking' },
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const members = new Members(project);
    if (!flags.yes) {
      const unasked = `lockstep member remove ${args.name} --yes`;
      const reads = (await members.list()).find((one) => one.name === args.name)?.reads ?? [];
      const rekey = reads.length === 0 ? '' : ` New keys are made for: ${reads.join(', ')}.`;
      if (!(await agrees(context, `Remove the member ${args.name}?${rekey}`, unasked)))
        throw new LockstepError('secret/refused', 'nobody was removed', [unasked]);
    }
    const removal = await members.remove(args.name);
    if (flags.json) (await import('../render/json.ts')).printJson(context, removal);
    else context.stdout.write((await import('../render/members.ts')).removalText(removal));
    return EXIT.ok;
  },
});
