import { LockstepError } from '../../errors.ts';
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
    { command: 'lockstep plan github-whoami --graph', does: 'a flowchart for a page of Markdown' },
  ],
  args: [{ name: 'tool', required: true, description: 'the tool' }],
  flags: {
    ...CALL_FLAGS,
    graph: { type: 'boolean', description: 'print the graph as a Mermaid flowchart' },
    json: JSON_FLAG,
  },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    if (flags.graph && flags.json)
      throw new LockstepError('usage/invalid', '--graph and --json are two forms of one answer: choose one', [
        'lockstep plan --help',
      ]);
    const form = flags.graph ? 'graph' : flags.json ? 'json' : 'text';
    return showPlan(context, project, args.tool, await callOptions(context, flags), form);
  },
});
