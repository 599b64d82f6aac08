import { agentToolFor } from '../../definition/model/agent-tools.ts';
import { type ToolSummary, toolSummary } from '../../definition/model/tool-summary.ts';
import { type PlanReport, planReport } from '../../plan/plan-report.ts';
import type { Project } from '../project.ts';

/** The JSON of `tool show`. */
export interface ToolDetails extends Omit<ToolSummary, 'args' | 'secrets'> {
  readonly digest: string | null;
  readonly args: readonly {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly default?: unknown;
    readonly description: string;
    readonly sensitive?: true;
  }[];
  /** As the plan decides them: the secrets that each step asks for and is granted. */
  readonly steps: PlanReport['steps'];
  readonly outputs: readonly string[];
  readonly agents: readonly string[];
}

export async function describeTool(project: Project, wanted: string, group?: string): Promise<ToolDetails> {
  const tool = project.tool(wanted);
  const plan = planReport(await project.plan(wanted, group === undefined ? {} : { group }));
  const agents = project.snapshot.catalog.agents.values();
  const { name, description, file } = toolSummary(tool);
  return {
    name,
    description,
    file,
    digest: project.digest(tool) ?? null,
    args: [...tool.args.values()].map((one) => ({
      name: one.name,
      type: one.schema.type ?? 'string',
      required: one.required,
      ...(one.default !== undefined && { default: one.default }),
      description: one.description ?? '',
      ...(one.sensitive && { sensitive: true as const }),
    })),
    steps: plan.steps,
    outputs: [...tool.outputs.keys()],
    agents: [...agents].filter((agent) => agentToolFor(agent, tool.name) !== null).map((agent) => agent.name),
  };
}
