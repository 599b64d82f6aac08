/**
 * The library: the door by which a program, or another workflow engine, calls Lockstep. The CLI goes through the same one.
 * Nothing here returns a secret value.
 */

import { type PlanReport, planReport } from './plan/plan-report.ts';
import type { CheckReport } from './project/checking/check.ts';
import { Project as ProjectCore } from './project/project.ts';
import { ambientWorld } from './project/repository/config.ts';
import { Run } from './project/runs/run-handle.ts';
import type { JsonValue } from './text/node.ts';

export interface OpenProjectOptions {
  /** The repository's root. Default: found from the current folder, as the CLI does. */
  readonly directory?: string;
  /** Stands in for `process.env`: identity, group, folders, and the steps' PATH, HOME, LANG, TZ, TMPDIR. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** An age identity file; default: LOCKSTEP_IDENTITY, LOCKSTEP_IDENTITY_FILE, the user's own. */
  readonly identityFile?: string;
  /** Asked at most once, when the identity file is wrapped in a passphrase. */
  readonly askPassphrase?: (file: string) => Promise<string>;
}

export interface CallOptions {
  /** Argument values, held against the tool's declarations. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly agent?: string;
  readonly group?: string;
  /** `host`: also what wants an image runs on this machine; refused where it needs more of a container, or the group is pinned. */
  readonly on?: 'host';
}

export interface RunCallOptions extends CallOptions {
  /** Ends the run gently: TERM to each process group, 5 s, KILL. Its status becomes `cancelled`. */
  readonly signal?: AbortSignal;
  /**
   * Asked where a step or the agent says `approve: always`; the signal is aborted when the question is settled elsewhere or
   * the run cancelled. Without it, and without `awaitApproval`, such a run is refused (`run/not-approved`).
   */
  readonly approve?: (question: string, signal: AbortSignal) => Promise<boolean>;
  /** Waits for `lockstep runs approve`. */
  readonly awaitApproval?: boolean;
}

/** A repository opened once; its definitions are read at the first call and kept. Open again to take up changes. */
export interface Project {
  readonly root: string;
  check(): Promise<CheckReport>;
  /** Needs no key; arguments may be left out. */
  plan(tool: string, options?: CallOptions): Promise<PlanReport>;
  /** Starts at once. Iterate for events, or await `report`. */
  run(tool: string, options?: RunCallOptions): Run;
}

/** @throws LockstepError `project/not-found`, or `project/untrusted` where another user may have made the repository */
export async function openProject(options: OpenProjectOptions = {}): Promise<Project> {
  const { directory, identityFile, askPassphrase } = options;
  const world = ambientWorld();
  const core = await ProjectCore.open({
    cwd: world.cwd,
    env: options.env ?? world.env,
    ...(directory !== undefined && { directory }),
    ...(identityFile !== undefined && { identityFile }),
    ...(askPassphrase && { askPassphrase }),
  });
  return {
    root: core.root,
    check: async () => (await core.check()).report,
    plan: async (tool, { args, ...rest } = {}) =>
      planReport(await core.plan(tool, { ...rest, ...(args && { values: args }) })),
    run: (tool, { args, ...rest } = {}) => core.run(tool, { ...rest, ...(args && { values: args }) }),
  };
}

export { type ErrorCode, LockstepError } from './errors.ts';
export type { PlanReport, PlanStepReport } from './plan/plan-report.ts';
export type { CheckReport } from './project/checking/check.ts';
export type { RefusedRun, RunOutcome } from './project/runs/run-handle.ts';
export type { EndReason, EndStatus, Event, EventType, RunReport, Status, StepReport } from './run/event.ts';
export type { JsonValue } from './text/node.ts';
export type { ProblemCode, Severity } from './text/problem.ts';
export type { ProblemReport } from './text/problem-report.ts';
export { Run };
