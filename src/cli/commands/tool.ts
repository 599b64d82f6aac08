import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG } from '../shared-flags.ts';

export const toolList = defineCommand({
  name: 'tool list',
  summary: 'List the tools',
  examples: [{ command: 'lockstep tool list', does: 'names, the secrets they ask for, descriptions' }],
  flags: { json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const { toolListText, toolSummary } = await import('../render/definitions.ts');
    const tools = [...project.snapshot.catalog.tools.values()]
      .map(toolSummary)
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (flags.json) (await import('../render/json.ts')).printJson(context, { tools });
    else context.stdout.write(toolListText(tools));
    return EXIT.ok;
  },
});

export const toolShow = defineCommand({
  name: 'tool show',
  summary: 'Show what a tool does, its arguments, and the secrets it asks for and is granted',
  examples: [{ command: 'lockstep tool show github-whoami', does: 'with the digest that a pinned grant names' }],
  args: [{ name: 'tool', required: true, description: 'the tool' }],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const tool = project.tool(args.tool);
    const { planReport } = await import('../../plan/plan-report.ts');
    const plan = planReport(await project.plan(args.tool, flags.group === undefined ? {} : { group: flags.group }));
    const { toolDetails, toolText } = await import('../render/definitions.ts');
    const details = toolDetails(tool, plan, project.digest(tool), project.snapshot.catalog.agents.values());
    if (flags.json) (await import('../render/json.ts')).printJson(context, details);
    else context.stdout.write(toolText(details));
    return EXIT.ok;
  },
});
