import { agentToolFor, matchesGlob } from './agent-tools.ts';
import { type Agent, type AgentSecret, callTree, isRun, type RunStep, type SecretRequest, type Tool } from './tool.ts';

/**
 * All secrets that are requested for a step. For one variable, the step's own request comes before its tool's, and both
 * come before an agent's.
 * @param agents the agents that call the tool directly
 */
export function secretsOf(tool: Tool, step: RunStep, agents: Iterable<Agent> = []): readonly SecretRequest[] {
  const own = [...withoutTaken(tool.secrets, step.secrets), ...step.secrets];
  const asked = [...agents].flatMap((agent) => agentRequests(agent, tool));
  return [...own, ...withoutTaken(asked, own)];
}

function withoutTaken(requests: readonly SecretRequest[], by: readonly SecretRequest[]): readonly SecretRequest[] {
  const taken = new Set(by.map(({ variable }) => variable));
  return requests.filter(({ variable }) => !taken.has(variable));
}

/** What a tool's own steps ask for; with `tools`, also what the steps of all tools it calls ask for. */
export function requestsOf(tool: Tool, tools?: ReadonlyMap<string, Tool>): readonly SecretRequest[] {
  const tree = tools === undefined ? [tool] : callTree(tool, tools);
  return tree.flatMap((one) => one.steps.filter(isRun).flatMap((step) => secretsOf(one, step)));
}

/** What the agent asks for on behalf of a tool, whatever the tool asks for itself. */
export function agentRequests(agent: Agent, tool: Tool): readonly AgentSecret[] {
  if (agentToolFor(agent, tool.name) === null) return [];
  return agent.secrets.filter(({ tools }) => tools.some(({ name }) => matchesGlob(name, tool.name)));
}

/** The names on an agent's ceiling, each once. */
export function ceilingOf(agent: Agent): readonly string[] {
  return [...new Set(agent.secrets.map(({ name }) => name))];
}

/** What steps of a tool get because the agent asks for it. */
export function requestsThrough(agent: Agent, tool: Tool): readonly SecretRequest[] {
  const all = tool.steps.filter(isRun).flatMap((step) => secretsOf(tool, step, [agent]));
  return [...new Set(all.filter(({ askedBy }) => askedBy === 'agent'))];
}
