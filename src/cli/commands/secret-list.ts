import { defineCommand, JSON_FLAG } from '../command.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG } from '../shared-flags.ts';

export const secretList = defineCommand({
  name: 'secret list',
  summary: 'List the secrets of a group: names, dates, grants, descriptions',
  description: 'Needs no key and shows no value.',
  examples: [
    { command: 'lockstep secret list', does: 'of the only group, or the chosen one' },
    { command: 'lockstep secret list --group prod --json', does: 'for scripts' },
  ],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  run: (context, { flags }) => list(context, flags),
});

export const secretSearch = defineCommand({
  name: 'secret search',
  summary: 'List the secrets whose name or description holds some words',
  examples: [{ command: 'lockstep secret search github', does: 'upper and lower case are the same' }],
  args: [{ name: 'words', required: true, description: 'what to look for' }],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  run: (context, { args, flags }) => list(context, flags, args.words),
});

interface ListFlags {
  readonly directory: string | undefined;
  readonly group: string | undefined;
  readonly json: boolean;
}

async function list(context: Context, flags: ListFlags, words?: string): Promise<number> {
  const project = await openProject(context, flags);
  const { Secrets } = await import('../../project/secrets.ts');
  const found = await new Secrets(project).list(flags.group, words);
  if (flags.json) (await import('../render/json.ts')).printJson(context, found);
  else context.stdout.write((await import('../render/secrets.ts')).secretListText(found, context.color.stdout));
  return found.findings.length === 0 ? EXIT.ok : EXIT.world;
}
