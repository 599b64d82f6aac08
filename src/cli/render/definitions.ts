import { asText } from '../../definition/expressions/template.ts';
import { agentToolFor } from '../../definition/model/agent-tools.ts';
import { ceilingOf } from '../../definition/model/requests.ts';
import type { Agent, Tool } from '../../definition/model/tool.ts';
import { type ToolSummary, toolSummary } from '../../definition/model/tool-summary.ts';
import type { PlanReport } from '../../plan/plan-report.ts';
import type { AgentDetails } from '../../project/authoring/describe-agent.ts';
import { visibleLine } from '../../text/visible.ts';
import { columns } from './table.ts';

export function toolListText(tools: readonly ToolSummary[]): string {
  if (tools.length === 0) return 'no tools\n';
  const rows = tools.map((tool) => [tool.name, tool.secrets.join(' ') || '-', visibleLine(tool.description)]);
  return `${columns([['NAME', 'SECRETS', 'DESCRIPTION'], ...rows])}\n`;
}

export interface ToolDetails extends Omit<ToolSummary, 'args' | 'secrets'> {
  readonly digest: string | null;
  readonly args: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly default?: unknown;
    readonly description: string;
  }[];
  /** As the plan decides them: what it asks for and is granted. */
  readonly steps: PlanReport['steps'];
  readonly outputs: readonly string[];
  readonly agents: readonly string[];
}

export function toolDetails(
  tool: Tool,
  plan: PlanReport,
  digest: string | undefined,
  agents: Iterable<Agent>,
): ToolDetails {
  const { name, description, file } = toolSummary(tool);
  return {
    name,
    description,
    file,
    digest: digest ?? null,
    args: [...tool.args.values()].map((one) => ({
      name: one.name,
      type: one.schema.type ?? 'string',
      required: one.required,
      ...(one.default !== undefined && { default: one.default }),
      description: one.description ?? '',
    })),
    steps: plan.steps,
    outputs: [...tool.outputs.keys()],
    agents: [...agents].filter((agent) => agentToolFor(agent, tool.name) !== null).map((agent) => agent.name),
  };
}

export function toolText(tool: ToolDetails): string {
  const lines = [
    tool.name,
    ...(tool.description === '' ? [] : [`  ${visibleLine(tool.description)}`]),
    `  ${tool.file}`,
    `  sha256:${tool.digest ?? '-'}`,
  ];
  if (tool.args.length > 0) {
    const rows = tool.args.map((one) => [
      one.name,
      one.type,
      one.required ? 'required' : one.default === undefined ? 'optional' : `default ${asText(one.default as never)}`,
      visibleLine(one.description),
    ]);
    lines.push('arguments', columns(rows, '  '));
  }
  lines.push('steps');
  for (const step of tool.steps) {
    lines.push(`  ${step.id}  (${step.executor})`);
    for (const secret of step.secrets) lines.push(`    ${secret.granted ? '+' : '-'} ${secret.name}: ${secret.reason}`);
  }
  if (tool.outputs.length > 0) lines.push(`outputs: ${tool.outputs.join(', ')}`);
  if (tool.agents.length > 0) lines.push(`agents: ${tool.agents.join(', ')}`);
  return `${lines.join('\n')}\n`;
}

export function agentListText(agents: readonly Agent[]): string {
  if (agents.length === 0) return 'no agents\n';
  const rows = agents.map((agent) => [
    agent.name,
    agent.tools.map((tool) => tool.pattern).join(' '),
    ceilingOf(agent).join(' ') || '-',
    visibleLine(agent.description ?? ''),
  ]);
  return `${columns([['NAME', 'TOOLS', 'SECRETS', 'DESCRIPTION'], ...rows])}\n`;
}

export function agentText(agent: AgentDetails): string {
  const lines = [
    agent.name,
    ...(agent.description === '' ? [] : [`  ${visibleLine(agent.description)}`]),
    `  ${agent.file}`,
  ];
  lines.push(`ceiling of secrets: ${agent.secrets.join(', ') || 'none'}`, 'tools');
  for (const tool of agent.tools) {
    lines.push(`  ${tool.name}${tool.approve === 'always' ? '  (asks before each call)' : ''}`);
    for (const { name, askedBy, granted, reason } of tool.secrets)
      lines.push(`    ${granted ? '+' : '-'} ${name}${askedBy ? ', asked for by the agent' : ''}: ${reason}`);
  }
  if (agent.instructions !== '')
    lines.push(
      'instructions',
      ...agent.instructions
        .trimEnd()
        .split('\n')
        .map((line) => `  ${visibleLine(line)}`),
    );
  return `${lines.join('\n')}\n`;
}
