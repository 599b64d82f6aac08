import { ApplicationFailure, Context } from '@temporalio/activity';
import type { Project } from '../index.ts';
import {
  isFinal,
  runToolStep,
  ToolCancelled,
  type ToolProgress,
  type ToolStep,
  type ToolStepResult,
  type ToolStepSettings,
} from './tool-step.ts';

export type { ToolStep, ToolStepResult, ToolStepSettings } from './tool-step.ts';

/** For `proxyActivities<ToolActivities>` in the code of a workflow, which imports types only. */
export interface ToolActivities {
  /** The activity's retry policy decides about retries; a call that is refused is not retried. */
  readonly runTool: (step: ToolStep) => Promise<ToolStepResult>;
}

/**
 * Activities for a Temporal worker. Give them a `heartbeatTimeout`: only an activity that sends heartbeats learns that it
 * is cancelled. A heartbeat has the name of the run and of the step that ended last, and no output.
 *
 * @example
 * const worker = await Worker.create({ activities: toolActivities(project), taskQueue: 'tools', workflowsPath });
 */
export function toolActivities(project: Project, settings: ToolStepSettings = {}): ToolActivities {
  return {
    runTool: async (step) => {
      const context = Context.current();
      const heart = new Heart(context);
      try {
        return await runToolStep(project, step, {
          ...settings,
          idempotencyKey: keyOf(context),
          signal: context.cancellationSignal,
          onProgress: (progress) => heart.beat(progress),
        });
      } catch (error) {
        throw failureOf(error, context.cancellationSignal);
      } finally {
        heart.stop();
      }
    },
  };
}

/** The same for each attempt of the activity. */
function keyOf({ info }: Context): string {
  const { workflowId, runId } = info.workflowExecution ?? { workflowId: '', runId: info.activityRunId ?? '' };
  return `temporal:${info.namespace}:${workflowId}:${runId}:${info.activityId}`;
}

/** What Temporal makes the most of: cancelled, not to be retried, or failed. */
function failureOf(error: unknown, { aborted, reason }: AbortSignal): unknown {
  if (error instanceof ToolCancelled && aborted) {
    const isShutdown = reason instanceof Error && reason.message === 'WORKER_SHUTDOWN';
    // Another worker can do it.
    return isShutdown ? ApplicationFailure.retryable('the worker shuts down', 'WorkerShutdown') : reason;
  }
  if (!isFinal(error) || !(error instanceof Error)) return error;
  return ApplicationFailure.create({ message: error.message, type: error.name, nonRetryable: true, cause: error });
}

/** Says that the activity lives, and where it is, as often as Temporal wants to know. */
class Heart {
  readonly #context: Context;
  readonly #timer: NodeJS.Timeout | undefined;
  #progress: ToolProgress | undefined;

  constructor(context: Context) {
    this.#context = context;
    const { heartbeatTimeoutMs } = context.info;
    if (heartbeatTimeoutMs) this.#timer = setInterval(() => this.#send(), heartbeatTimeoutMs / 4);
  }

  beat(progress: ToolProgress): void {
    this.#progress = progress;
    if (this.#timer !== undefined) this.#send();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #send(): void {
    this.#context.heartbeat(this.#progress);
  }
}
