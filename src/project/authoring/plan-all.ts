import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Agent } from '../../definition/model/tool.ts';
import type { Plan } from '../../plan/plan.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import type { Project } from '../project.ts';
import { findAgent } from '../repository/find-definition.ts';
import type { PlanOptions } from '../runs/call-options.ts';

/** Every plan that there is, and everything that keeps one of them from starting, once. */
export interface AllPlans {
  /** Of tools by their names, then of agents with each of their tools. */
  readonly plans: readonly Plan[];
  /** Also of files that could not be read: what they define would not start either. */
  readonly problems: readonly Problem[];
  readonly ready: boolean;
}

/** Plans every tool by itself, and every agent's tools through the agent; with `agent`, the tools of that one alone. No key is needed. */
export async function planAll(
  project: Project,
  { agent: name, ...options }: Pick<PlanOptions, 'agent' | 'group' | 'on'>,
): Promise<AllPlans> {
  const { catalog, unreadable } = project.snapshot;
  const tools = [...catalog.tools.keys()].sort();
  const agents = name === undefined ? [...catalog.agents.values()] : [findAgent(project.snapshot, name)];
  const plans: Plan[] = [];
  if (name === undefined) for (const tool of tools) plans.push(await project.plan(tool, options));
  for (const agent of agents)
    for (const tool of toolsOf(agent, tools)) plans.push(await project.plan(tool, { ...options, agent: agent.name }));
  const unread = [...catalog.problems.filter(({ severity }) => severity === 'error'), ...unreadable];
  const problems = sortedProblems([...plans.flatMap((plan) => plan.problems), ...unread]);
  return { plans, problems, ready: !hasErrors(problems) };
}

function toolsOf(agent: Agent, tools: readonly string[]): string[] {
  return tools.filter((tool) => agentToolFor(agent, tool) !== null);
}
