import { callOptions } from '../call-arguments.ts';
import { defineCommand, JSON_FLAG } from '../command.ts';
import { openProject } from '../open.ts';
import { CALL_FLAGS } from '../shared-flags.ts';
import { showPlan } from '../show-plan.ts';

export const plan = defineCommand({
  name: 'plan',
  summary: 'Show what a tool would run, with which secrets, and why',
  description:
    'Needs no key: grants are readable by anyone. Arguments may be left out; what depends on them is undecided.',
  examples: [
    { command: 'lockstep plan github-whoami', does: 'the graph, the variables, the grants' },
    { command: 'lockstep plan github-whoami --agent operator --json', does: 'as an agent would run it, for scripts' },
  ],
  args: [{ name: 'tool', required: true, description: 'the tool' }],
  flags: { ...CALL_FLAGS, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    return showPlan(context, project, args.tool, await callOptions(context, flags), flags.json);
  },
});
