import { agentToolFor } from '../../definition/model/agent-tools.ts';
import type { Catalog } from '../../definition/model/catalog.ts';
import { ceilingOf } from '../../definition/model/requests.ts';
import { type PlanSecretReport, planReport } from '../../plan/plan-report.ts';
import type { Project } from '../project.ts';

/** An agent in full: its tools by name, each with the secrets that it would get through the agent. */
export interface AgentDetails {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly instructions: string;
  readonly tools: readonly AgentToolDetails[];
  /** The secrets that its tools may get through it. */
  readonly secrets: readonly string[];
}

export interface AgentToolDetails {
  readonly name: string;
  readonly approve: 'never' | 'always';
  readonly secrets: readonly Pick<PlanSecretReport, 'name' | 'askedBy' | 'granted' | 'reason'>[];
}

/** An agent as a list shows it: the patterns of its tools, and the secrets that they may get through it. */
export interface AgentSummary {
  readonly name: string;
  readonly description: string;
  readonly file: string;
  readonly tools: readonly string[];
  readonly secrets: readonly string[];
}

/** Sorted by name. */
export function agentList({ agents }: Pick<Catalog, 'agents'>): readonly AgentSummary[] {
  return [...agents.values()]
    .map((agent) => ({
      name: agent.name,
      description: agent.description ?? '',
      file: agent.source.path,
      tools: agent.tools.map((tool) => tool.pattern),
      secrets: ceilingOf(agent),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function describeAgent(project: Project, name: string, group?: string): Promise<AgentDetails> {
  const agent = project.agent(name);
  const tools: AgentToolDetails[] = [];
  for (const tool of [...project.snapshot.catalog.tools.keys()].sort()) {
    const listed = agentToolFor(agent, tool);
    if (listed === null) continue;
    const plan = planReport(await project.plan(tool, { agent: name, ...(group !== undefined && { group }) }));
    const secrets = new Map(
      plan.steps
        .flatMap((step) => step.secrets)
        .map(({ name: secret, askedBy, granted, reason }) => [
          `${secret} ${askedBy}`,
          { name: secret, ...(askedBy && { askedBy }), granted, reason },
        ]),
    );
    tools.push({ name: tool, approve: listed.approve, secrets: [...secrets.values()] });
  }
  return {
    name: agent.name,
    description: agent.description ?? '',
    file: agent.source.path,
    instructions: agent.instructions ?? '',
    tools,
    secrets: ceilingOf(agent),
  };
}
