import { LockstepError } from '../../errors.ts';
import { agrees } from '../agrees.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG, IDENTITY_FLAG } from '../shared-flags.ts';

export const secretRepin = defineCommand({
  name: 'secret repin',
  summary: 'Show how a tool has changed since its secrets were granted, and grant them to what it is now',
  description:
    'A grant by digest is lost when the definition changes, or a file that it lists, or a tool that it calls. What it was when it was granted is found in Git.',
  examples: [
    { command: 'lockstep secret repin release-notes --group prod', does: 'shows the difference, and asks' },
    {
      command: 'lockstep secret repin release-notes --group prod --yes',
      does: 'where the change was reviewed already',
    },
  ],
  args: [{ name: 'tool', required: true, description: 'the tool that changed' }],
  flags: {
    yes: { type: 'boolean', description: 'grant without asking' },
    group: GROUP_FLAG,
    identity: IDENTITY_FLAG,
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { Repin } = await import('../../project/repin.ts');
    const { repinText } = await import('../render/repin.ts');
    const repin = new Repin(project, context.env);
    const preview = await repin.preview(args.tool, flags.group);
    const { secrets, group, tool } = preview;
    if (!flags.json || !flags.yes) (flags.json ? context.stderr : context.stdout).write(repinText(preview));
    if (secrets.length > 0 && !flags.yes) {
      const unasked = `lockstep secret repin ${tool} --group ${group} --yes`;
      if (!(await agrees(context, `Grant ${secrets.join(', ')} to ${tool} as it is now?`, unasked)))
        throw new LockstepError('secret/refused', 'nothing was granted', [unasked]);
    }
    await repin.apply(preview);
    if (flags.json) (await import('../render/json.ts')).printJson(context, preview);
    else if (secrets.length > 0)
      context.stdout.write(`granted ${secrets.join(', ')} in ${group} to ${tool} as it is now\n`);
    return EXIT.ok;
  },
});
