import { agentToolFor } from '../definition/model/agent-tools.ts';
import type { Agent, Tool } from '../definition/model/tool.ts';
import { agentSecretProblems } from '../definition/rules/errors/agent-secrets.ts';
import { type Problem, problem } from '../text/problem.ts';

/** The reasons, except those of the vault, why an agent cannot start a tool. */
export function agentProblems(tool: Tool, agent: Agent | undefined): Problem[] {
  if (agent === undefined) return [];
  if (agentToolFor(agent, tool.name) !== null) return agentSecretProblems(agent, tool);
  const hint = `add ${tool.name} to \`tools:\` of the agent, or run it without --agent`;
  return [
    problem('reference/unknown-tool', `the agent ${agent.name} does not list the tool ${tool.name}`, {
      at: agent.at,
      hint,
    }),
  ];
}
