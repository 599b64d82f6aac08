import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Catalog } from '../../definition/model/catalog.ts';
import type { Agent, Tool } from '../../definition/model/tool.ts';
import { visibleLine } from '../../text/visible.ts';
import { plainText } from '../catalog/plain-schema.ts';
import { entryName, type ServerEntry } from './server-entry.ts';

export const EXPORT_FORMATS = ['claude', 'skill', 'mcp.json', 'vscode'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** An agent in the form of another program. Its secrets stay where they are: only names of tools and texts go out. */
export function exportAgent(agent: Agent, { tools }: Catalog, format: ExportFormat, entry: ServerEntry): string {
  const name = entryName({ agent: agent.name });
  const offered = [...tools.values()].filter((tool) => agentToolFor(agent, tool.name) !== null);
  const sorted = offered.sort((a, b) => (a.name < b.name ? -1 : 1));
  if (format === 'mcp.json') return json({ mcpServers: { [name]: entry } });
  if (format === 'vscode') return json({ servers: { [name]: { type: 'stdio', ...entry } } });
  return format === 'claude' ? subagent(agent, name, sorted) : skill(agent, sorted);
}

/** An agent of Claude Code: it may use the tools of this server alone. */
function subagent(agent: Agent, server: string, tools: readonly Tool[]): string {
  const names = tools.map((tool) => `mcp__${server}__${tool.name}`);
  const head = [`name: ${agent.name}`, `description: ${descriptionOf(agent)}`, `tools: ${names.join(', ')}`];
  return `---\n${head.join('\n')}\n---\n\n${instructionsOf(agent)}\n`;
}

/** A skill: what to do, and by which commands. */
function skill(agent: Agent, tools: readonly Tool[]): string {
  const commands = tools.map((tool) => {
    const args = [...tool.args.values()].filter(({ required }) => required).map(({ name }) => ` --arg ${name}=...`);
    const what = tool.description === undefined ? '' : `: ${visibleLine(tool.description)}`;
    return `- \`lockstep run ${tool.name} --agent ${agent.name}${args.join('')}\`${what}`;
  });
  const note = 'Each command gets the secrets that it is granted. Their values never show; do not look for them.';
  const head = [`name: ${agent.name}`, `description: ${descriptionOf(agent)}`];
  return `---\n${head.join('\n')}\n---\n\n${instructionsOf(agent)}\n\n## Commands\n\n${note}\n\n${commands.join('\n')}\n`;
}

/** JSON's texts are YAML's too. */
function descriptionOf({ name, description = '' }: Agent): string {
  return JSON.stringify(visibleLine(description) || `The agent ${name}.`);
}

function instructionsOf({ instructions = '' }: Agent): string {
  return plainText(instructions);
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
