import type { Project } from '../index.ts';
import { isFinal, runToolStep, type ToolStep, type ToolStepResult, type ToolStepSettings } from './tool-step.ts';

export type { ToolStep, ToolStepResult, ToolStepSettings } from './tool-step.ts';

/** How DBOS tries a step again. */
interface Retries {
  readonly maxAttempts?: number;
  readonly intervalSeconds?: number;
  readonly backoffRate?: number;
}

/** The class `DBOS`, as far as this file needs it. The program hands in its own: another copy would not know its workflows. */
export interface Dbos {
  readonly workflowID: string | undefined;
  readonly stepStatus: { readonly stepID: number; readonly cancelSignal: AbortSignal } | undefined;
  runStep<T>(
    run: () => Promise<T>,
    config: Retries & {
      readonly name: string;
      readonly retriesAllowed: boolean;
      readonly shouldRetry: (error: unknown) => boolean;
    },
  ): Promise<T>;
}

export interface DbosSettings extends ToolStepSettings {
  /** Tries a tool that failed again; default: DBOS does not. A call that is refused is never tried again. */
  readonly retries?: Retries;
}

/**
 * Returns a function that runs a tool as one step of a workflow of DBOS. A cancel of the workflow ends the tool's
 * processes; the step is not on record then, and runs again where the workflow is resumed.
 *
 * @example
 * const runTool = toolStep(DBOS, project, { retries: { maxAttempts: 3 } });
 * const release = DBOS.registerWorkflow(async () => runTool({ tool: 'deploy' }), { name: 'release' });
 */
export function toolStep(
  dbos: Dbos,
  project: Project,
  { retries, ...settings }: DbosSettings = {},
): (step: ToolStep) => Promise<ToolStepResult> {
  return (step) =>
    dbos.runStep(
      () => {
        const { workflowID, stepStatus } = dbos;
        if (workflowID === undefined || stepStatus === undefined)
          throw new Error('toolStep() of lockstep/dbos runs tools within a workflow of DBOS only');
        return runToolStep(project, step, {
          ...settings,
          idempotencyKey: `dbos:${workflowID}:${stepStatus.stepID}`,
          signal: stepStatus.cancelSignal,
        });
      },
      {
        ...retries,
        name: `lockstep ${step.tool}`,
        retriesAllowed: retries !== undefined,
        shouldRetry: (error) => !isFinal(error),
      },
    );
}
