import { hasErrors } from '../text/problem.ts';
import type { ProblemReport } from '../text/problem-report.ts';
import { problemReport } from '../text/problem-report.ts';
import { type Plan, type PlannedItems, type PlannedStep, plannedSteps } from './plan.ts';

/** The documented JSON of `plan` (DESIGN: faces). */
export interface PlanReport {
  readonly tool: string;
  readonly agent?: string;
  readonly group: string | null;
  /** Whether `run` would start, as far as known without a key; arguments that are not given do not count. */
  readonly ready: boolean;
  /** Required arguments that were not given. */
  readonly undecided: readonly string[];
  readonly steps: readonly PlanStepReport[];
  readonly problems: readonly ProblemReport[];
}

export interface PlanStepReport {
  readonly id: string;
  readonly needs: readonly string[];
  /** `host`, `container`, or `tool:NAME` for a step that calls. */
  readonly executor: string;
  /** The image of the container, also of a container that the host replaces. */
  readonly image?: string;
  /** `none` if the step must not reach a network. */
  readonly network?: 'none' | 'open';
  /** The labels of the workers that may run it; empty: any. Absent: the worker that has the run. */
  readonly runsOn?: readonly string[];
  readonly condition: 'runs' | 'skipped' | 'undecided';
  /** A person has to approve the step before it starts. */
  readonly approve?: 'always';
  readonly forEach?: PlannedItems;
  readonly env: readonly string[];
  readonly secrets: readonly PlanSecretReport[];
}

export interface PlanSecretReport {
  readonly name: string;
  readonly env: string;
  /** Absent if the tool asks for it. */
  readonly askedBy?: 'agent';
  readonly version: number | null;
  readonly granted: boolean;
  readonly reason: string;
}

export function planReport(plan: Plan): PlanReport {
  return {
    tool: plan.tool.name,
    ...(plan.agent && { agent: plan.agent.name }),
    group: plan.group,
    ready: !hasErrors(plan.problems),
    undecided: plan.missingArgs,
    steps: plannedSteps(plan.root).map(stepReport),
    problems: plan.problems.map(problemReport),
  };
}

/** A step's place in a plan: enough to draw the run and to list the secrets that an approval releases. */
export interface OutlinedStep extends Pick<PlanStepReport, 'id' | 'needs' | 'executor'> {
  /** The granted secrets. */
  readonly secrets: readonly Pick<PlanSecretReport, 'name' | 'version'>[];
}

export function planOutline(plan: Plan): readonly OutlinedStep[] {
  return plannedSteps(plan.root)
    .map(stepReport)
    .map(({ id, needs, executor, secrets }) => ({
      id,
      needs,
      executor,
      secrets: secrets.filter(({ granted }) => granted).map(({ name, version }) => ({ name, version })),
    }));
}

function stepReport(planned: PlannedStep): PlanStepReport {
  const prefix = planned.stepPath.slice(0, planned.stepPath.length - planned.step.id.length);
  const base = {
    id: planned.stepPath,
    needs: planned.step.needs.map((need) => prefix + need.name),
    condition: planned.condition,
    ...(planned.approval && { approve: 'always' as const }),
    ...(planned.forEach && { forEach: planned.forEach }),
    ...(planned.runsOn && { runsOn: planned.runsOn }),
  };
  if ('call' in planned) return { ...base, executor: `tool:${planned.call.tool.name}`, env: [], secrets: [] };
  return {
    ...base,
    executor: planned.executor,
    ...(planned.image !== undefined && { image: planned.image }),
    network: planned.network,
    env: planned.variables,
    secrets: planned.secrets.map(({ request, version, decision }) => ({
      name: request.name,
      env: request.variable,
      ...(request.askedBy === 'agent' && { askedBy: request.askedBy }),
      version,
      granted: decision.granted,
      reason: decision.reason,
    })),
  };
}
