import { LockstepError } from '../../errors.ts';
import { showAllPlans } from '../runs/show-all-plans.ts';
import { showPlan } from '../runs/show-plan.ts';
import { BaseCommand } from '../syntax/base-command.ts';
import { callOptions } from '../syntax/call-arguments.ts';
import { optionalArgument, toggle } from '../syntax/flags.ts';
import { CALL_FLAGS, jsonFlag, requireOneForm } from '../syntax/shared-flags.ts';

export default class Plan extends BaseCommand {
  static override summary = 'Show what a tool would run, with which secrets, and why';
  static override description =
    'Needs no key: anyone can read grants. You can leave out arguments; what depends on them stays undecided. Exits with 1 when the tool would not start.';
  static override examples = [
    { command: 'lockstep plan github-whoami', description: 'the graph, the variables, the grants' },
    {
      command: 'lockstep plan github-whoami --agent operator --json',
      description: 'as an agent would run it, for scripts',
    },
    { command: 'lockstep plan --all', description: 'in CI: every tool, by itself and through each agent' },
    { command: 'lockstep plan github-whoami --graph', description: 'a flowchart for a Markdown page' },
  ];
  static override args = { tool: optionalArgument('the tool') };
  static override flags = {
    ...CALL_FLAGS,
    all: toggle('plan every tool and workflow, by itself and through each agent that may use it'),
    graph: toggle('print the graph as a Mermaid flowchart'),
    json: jsonFlag,
  };

  async run(): Promise<number> {
    const { args, flags } = await this.parse(Plan);
    requireOneForm(flags, 'lockstep plan --help');
    const { tool } = args;
    if ((tool === undefined) !== flags.all)
      throw new LockstepError('usage/invalid', 'name a tool, or give --all', [
        'lockstep plan TOOL',
        'lockstep plan --all',
      ]);
    const project = await this.project(flags);
    if (tool === undefined) return showAllPlans(this.context, project, flags);
    const form = flags.graph ? 'graph' : flags.json ? 'json' : 'text';
    return showPlan(this.context, project, tool, await callOptions(this.context, flags), form);
  }
}
