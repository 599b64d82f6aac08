import { defineCommand, JSON_FLAG } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open.ts';
import { GROUP_FLAG } from '../shared-flags.ts';

export const agentList = defineCommand({
  name: 'agent list',
  summary: 'List the agents',
  examples: [{ command: 'lockstep agent list', does: 'names, tools, ceilings of secrets' }],
  flags: { json: JSON_FLAG },
  async run(context, { flags }) {
    const project = await openProject(context, flags);
    const agents = [...project.snapshot.catalog.agents.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    if (flags.json) {
      const shown = agents.map((agent) => ({
        name: agent.name,
        description: agent.description ?? '',
        file: agent.source.path,
        tools: agent.tools.map((tool) => tool.pattern),
        secrets: agent.secrets.map((one) => one.name),
      }));
      (await import('../render/json.ts')).printJson(context, { agents: shown });
    } else context.stdout.write((await import('../render/definitions.ts')).agentListText(agents));
    return EXIT.ok;
  },
});

export const agentShow = defineCommand({
  name: 'agent show',
  summary: 'Show what an agent is told, its tools, and the secrets they get through it',
  examples: [{ command: 'lockstep agent show operator', does: 'with why each secret is granted or refused' }],
  args: [{ name: 'agent', required: true, description: 'the agent' }],
  flags: { group: GROUP_FLAG, json: JSON_FLAG },
  async run(context, { args, flags }) {
    const project = await openProject(context, flags);
    const { describeAgent } = await import('../../project/describe-agent.ts');
    const details = await describeAgent(project, args.agent, flags.group);
    if (flags.json) (await import('../render/json.ts')).printJson(context, details);
    else context.stdout.write((await import('../render/definitions.ts')).agentText(details));
    return EXIT.ok;
  },
});
