import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Agent } from '../../definition/model/tool.ts';
import type { Plan } from '../../plan/plan.ts';
import { hasErrors, type Problem, sortedProblems } from '../../text/problem.ts';
import type { Project } from '../project.ts';
import { findAgent } from '../repository/find-definition.ts';
import type { PlanOptions } from '../runs/call-options.ts';

/** All plans, and every problem that keeps one of them from starting, each once. */
export interface AllPlans {
  /** The plans of tools by name, then those of agents with each of their tools. */
  readonly plans: readonly Plan[];
  /** Includes unreadable files: their definitions would not start either. */
  readonly problems: readonly Problem[];
  readonly ready: boolean;
}

/**
 * Plans every tool alone, and every agent's tools through the agent; with `agent`, only that agent's tools. Needs no
 * key.
 */
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
