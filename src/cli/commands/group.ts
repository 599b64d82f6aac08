import { LockstepError } from '../../errors.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { IDENTITY_FLAG } from '../shared-flags.ts';

const NAME = { name: 'name', required: true, description: "the group's name" } as const;

export const groupAdd = defineCommand({
  name: 'group add',
  summary: 'Make a group of secrets with a key of its own',
  description: 'Takes an admin, who is its first reader and writer; `lockstep member add` brings in others.',
  examples: [
    { command: 'lockstep group add prod', does: 'an environment apart from the others' },
    { command: 'lockstep group add prod --pinned', does: 'where only grants to exact definitions count' },
  ],
  args: [NAME],
  flags: {
    pinned: { type: 'boolean', description: 'only grants by digest count' },
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const group = await new Members(project).addGroup(args.name, flags.pinned);
    if (flags.json) (await import('../render/json.ts')).printJson(context, group);
    else context.stdout.write(`made the group ${group.name}${group.pinned ? ', pinned' : ''}; you read and write it\n`);
    return EXIT.ok;
  },
});

export const groupList = defineCommand({
  name: 'group list',
  summary: 'List the groups of secrets, and who reads and writes each',
  description: 'Needs no key.',
  examples: [{ command: 'lockstep group list', does: 'and how many secrets of each are to rotate' }],
  flags: { json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const groups = await new Members(project).groups();
    if (flags.json) (await import('../render/json.ts')).printJson(context, { groups });
    else context.stdout.write((await import('../render/members.ts')).groupListText(groups));
    return EXIT.ok;
  },
});

export const groupRekey = defineCommand({
  name: 'group rekey',
  summary: 'Give a group a new key, and seal every secret of it anew',
  description:
    'Takes an admin who reads and writes the group. Values stay as they are. A re-key that was interrupted is finished.',
  examples: [{ command: 'lockstep group rekey prod', does: 'after a key may have been seen' }],
  args: [NAME],
  flags: { identity: IDENTITY_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const { group, begun } = await new Members(project).rekey(args.name);
    if (flags.json) (await import('../render/json.ts')).printJson(context, { ...group, begun });
    else {
      const { count } = await import('../render/problems.ts');
      const what = begun
        ? `${group.name} has key ${group.epoch}`
        : `finished the re-key of ${group.name} that was begun`;
      context.stdout.write(`${what}; ${count(group.secrets, 'secret')} sealed to it\n`);
    }
    return EXIT.ok;
  },
});

export const groupSet = defineCommand({
  name: 'group set',
  summary: 'Say whether a group is pinned: whether only grants by digest count in it',
  description: 'Takes an admin.',
  examples: [
    {
      command: 'lockstep group set prod --pinned',
      does: 'a changed definition loses its secrets until it is repinned',
    },
    { command: 'lockstep group set dev --no-pinned', does: 'grants by name count again' },
  ],
  args: [NAME],
  flags: {
    pinned: { type: 'boolean', description: 'only grants by digest count' },
    'no-pinned': { type: 'boolean', description: 'grants by name count too' },
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    if (flags.pinned === flags['no-pinned'])
      throw new LockstepError('usage/invalid', 'say one of --pinned and --no-pinned', [
        `lockstep group set ${args.name} --pinned`,
      ]);
    const project = await openProject(context, flags);
    const { Members } = await import('../../project/members.ts');
    const group = await new Members(project).setPinned(args.name, flags.pinned);
    if (flags.json) (await import('../render/json.ts')).printJson(context, group);
    else
      context.stdout.write(
        `in ${group.name} ${group.pinned ? 'only grants by digest count' : 'grants by name count'}\n`,
      );
    return EXIT.ok;
  },
});
