import { type Job, UnrecoverableError } from 'bullmq';
import type { Project } from '../index.ts';
import { isFinal, runToolStep, type ToolStep, type ToolStepResult, type ToolStepSettings } from './tool-step.ts';

export type { ToolStep, ToolStepResult, ToolStepSettings } from './tool-step.ts';

/**
 * A processor for a BullMQ worker: each job is the call of a tool. `attempts` and `backoff` of the job decide about
 * retries; a call that is refused or cancelled fails for good. The job's progress says which steps have ended.
 *
 * @example
 * const worker = new Worker('tools', toolProcessor(project), { connection });
 * await queue.add('deploy', { tool: 'deploy', args: { to: 'staging' } }, { attempts: 3 });
 */
export function toolProcessor(project: Project, settings: ToolStepSettings = {}) {
  // BullMQ hands a signal only to a function of three parameters.
  return async (
    job: Job<ToolStep, ToolStepResult>,
    _token: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ToolStepResult> => {
    try {
      return await runToolStep(project, job.data, {
        ...settings,
        idempotencyKey: keyOf(job),
        ...(signal && { signal }),
        // A run neither waits nor fails because a row cannot be written.
        onProgress: (progress) => void job.updateProgress(progress).catch(() => undefined),
      });
    } catch (error) {
      if (isFinal(error) && error instanceof Error) throw withCause(new UnrecoverableError(error.message), error);
      throw error;
    }
  };
}

/** The same for each attempt. The time tells jobs apart whose numbers a new Redis counts from 1 again. */
function keyOf({ queueName, id = '', timestamp }: Job): string {
  return `bullmq:${queueName}:${id}:${timestamp}`;
}

function withCause<T extends Error>(error: T, cause: Error): T {
  error.cause = cause;
  return error;
}
