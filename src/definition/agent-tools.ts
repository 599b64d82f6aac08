import type { Agent, AgentTool } from './tool.ts';

/** Whether an agent may use a tool, and with which approval; null when it may not. Of several entries the stricter wins. */
export function agentToolFor(agent: Agent, tool: string): AgentTool | null {
  const matching = entriesFor(agent, tool);
  return matching.find(({ approve }) => approve === 'always') ?? matching[0] ?? null;
}

/** All entries of an agent that match a tool, in written order. */
export function entriesFor(agent: Agent, tool: string): readonly AgentTool[] {
  return agent.tools.filter(({ pattern }) => matchesGlob(pattern, tool));
}

/** `*` is any run of characters, `?` any one. In linear-time form: on a mismatch only the last `*` grows. */
export function matchesGlob(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < name.length; ) {
    if (pattern[at] === '*') [star, resume, at] = [at, i, at + 1];
    else if (pattern[at] === '?' || pattern[at] === name[i]) [at, i] = [at + 1, i + 1];
    else if (star >= 0) [at, i, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}
