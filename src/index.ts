/**
 * The library: how a program, or a workflow engine, calls Lockstep. The command line stands beside it on the same
 * `project/`. Nothing here returns a secret value.
 *
 * @example
 * import { openProject } from 'lockstep';
 * const project = await openProject({ directory: '.' });
 * const result = await project.run('github-user', { args: { name: 'octocat' } }).result();
 * if (result.kind === 'finished') console.log(result.status, result.outputs);
 */

export type { InputSchema } from './definition/model/input-schema.ts';
export type { ArgumentSchema } from './definition/model/tool.ts';
export type { RunDetails } from './engine/run-details.ts';
export type { RunSummary } from './engine/run-summary.ts';
export { ERROR_CODES, type ErrorCode, LockstepError } from './errors.ts';
export {
  type CallOptions,
  type OpenProjectOptions,
  openProject,
  type Project,
  type ProjectChange,
  type RunCallOptions,
  type ToolDescription,
} from './library/project.ts';
export type { FinishedRun, RefusedRun, Run, RunEvent, RunResult } from './library/run.ts';
export type { Approval, ContinueOptions, LoggedEvent, Runs } from './library/runs.ts';
export type { PlanReport, PlanStepReport } from './plan/plan-report.ts';
export type { CheckReport } from './project/checking/check.ts';
export type { EndReason, EndStatus, EventType, RunReport, Status, StepReport } from './run/event.ts';
export type { JsonValue } from './text/node.ts';
export { PROBLEM_CODES, type ProblemCode, type Severity } from './text/problem.ts';
export type { ProblemReport } from './text/problem-report.ts';
