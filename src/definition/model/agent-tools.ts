import { matchesWildcards } from '../../util/glob-segment.ts';
import type { Agent, AgentTool } from './tool.ts';

/**
 * Whether an agent may use a tool, and with which approval; null when it may not. If several entries match, the
 * stricter one wins.
 */
export function agentToolFor(agent: Agent, tool: string): AgentTool | null {
  const matching = entriesFor(agent, tool);
  return matching.find(({ approve }) => approve === 'always') ?? matching[0] ?? null;
}

/** All entries of an agent that match a tool, in written order. */
export function entriesFor(agent: Agent, tool: string): readonly AgentTool[] {
  return agent.tools.filter(({ pattern }) => matchesGlob(pattern, tool));
}

/** `*` is any run of characters, `?` any one. */
export function matchesGlob(pattern: string, name: string): boolean {
  const tokens = [...pattern].map((one) => {
    if (one === '*') return one;
    return one === '?' ? () => true : (character: string) => character === one;
  });
  return matchesWildcards(tokens, name);
}
