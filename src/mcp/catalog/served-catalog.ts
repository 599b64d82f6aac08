import type { Tool as McpTool } from '@modelcontextprotocol/server';
import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Agent, Tool } from '../../definition/model/tool.ts';
import type { Snapshot } from '../../project/repository/snapshot.ts';
import type { View } from '../access.ts';
import { toolEntry } from './tool-entry.ts';

export interface ServedTool {
  readonly tool: Tool;
  readonly entry: McpTool;
}

/** What one view of one snapshot offers. It never changes. */
export interface ServedCatalog {
  /** By name, sorted. */
  readonly tools: ReadonlyMap<string, ServedTool>;
  /** The agents with instructions, by name, sorted. */
  readonly prompts: ReadonlyMap<string, Agent>;
  /** The agent of the view. */
  readonly agent?: Agent;
}

const known = new WeakMap<Snapshot, Map<string, ServedCatalog>>();

/** Made once for each snapshot and agent. An agent that is gone has no tools. */
export function servedCatalog(snapshot: Snapshot, { agent = '' }: View): ServedCatalog {
  const views = known.get(snapshot) ?? new Map<string, ServedCatalog>();
  known.set(snapshot, views);
  const made = views.get(agent) ?? makeCatalog(snapshot, agent);
  views.set(agent, made);
  return made;
}

function makeCatalog({ catalog }: Snapshot, name: string): ServedCatalog {
  const agent = catalog.agents.get(name);
  // Where the first state has errors, what the schema refuses could have any name, and does not run.
  const isSound = (one: Tool | Agent) => !catalog.schemaInvalid.has(one);
  const offers = (tool: Tool) =>
    isSound(tool) && (name === '' || (agent !== undefined && agentToolFor(agent, tool.name) !== null));
  const tools = sorted([...catalog.tools.values()].filter(offers));
  const agents = name === '' ? [...catalog.agents.values()] : agent === undefined ? [] : [agent];
  const prompts = sorted(agents.filter((one) => isSound(one) && (one.instructions ?? '').trim() !== ''));
  return {
    tools: new Map(tools.map((tool) => [tool.name, { tool, entry: toolEntry(tool) }])),
    prompts: new Map(prompts.map((one) => [one.name, one])),
    ...(agent && { agent }),
  };
}

function sorted<T extends { readonly name: string }>(all: readonly T[]): T[] {
  return [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
}
