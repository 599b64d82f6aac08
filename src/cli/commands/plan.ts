import { BaseCommand } from '../base-command.ts';
import { callOptions } from '../call-arguments.ts';
import { argument, toggle } from '../flags.ts';
import { CALL_FLAGS, jsonFlag, requireOneForm } from '../shared-flags.ts';
import { showPlan } from '../show-plan.ts';

export default class Plan extends BaseCommand {
  static override summary = 'Show what a tool would run, with which secrets, and why';
  static override description =
    'Needs no key: anyone can read grants. You can leave out arguments; what depends on them stays undecided.';
  static override examples = [
    { command: 'lockstep plan github-whoami', description: 'the graph, the variables, the grants' },
    {
      command: 'lockstep plan github-whoami --agent operator --json',
      description: 'as an agent would run it, for scripts',
    },
    { command: 'lockstep plan github-whoami --graph', description: 'a flowchart for a Markdown page' },
  ];
  static override args = { tool: argument('the tool') };
  static override flags = {
    ...CALL_FLAGS,
    graph: toggle('print the graph as a Mermaid flowchart'),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Plan);
    const project = await this.project(flags);
    requireOneForm(flags, 'lockstep plan --help');
    const form = flags.graph ? 'graph' : flags.json ? 'json' : 'text';
    return showPlan(this.context, project, args.tool, await callOptions(this.context, flags), form);
  }
}
