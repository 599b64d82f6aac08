import { asText } from '../../definition/expressions/template.ts';
import type { ToolSummary } from '../../definition/model/tool-summary.ts';
import type { AgentDetails, AgentSummary } from '../../project/authoring/describe-agent.ts';
import type { ToolDetails } from '../../project/authoring/describe-tool.ts';
import { visibleLine } from '../../text/visible.ts';
import { columns } from './table.ts';

export function toolListText(tools: readonly ToolSummary[]): string {
  if (tools.length === 0) return 'no tools\n';
  const rows = tools.map((tool) => [tool.name, tool.secrets.join(' ') || '-', visibleLine(tool.description)]);
  return `${columns([['NAME', 'SECRETS', 'DESCRIPTION'], ...rows])}\n`;
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

export function agentListText(agents: readonly AgentSummary[]): string {
  if (agents.length === 0) return 'no agents\n';
  const rows = agents.map((agent) => [
    agent.name,
    agent.tools.join(' '),
    agent.secrets.join(' ') || '-',
    visibleLine(agent.description),
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
