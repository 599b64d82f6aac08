import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { StepRecord } from '../execution-backend.ts';
import type { SentStep } from '../sent-step.ts';
import { runStep } from '../step/run-step.ts';
import { receivedTask } from '../step/send-step.ts';
import type { StepTask } from '../step/step-work.ts';
import { withRetries } from './retry.ts';
import type { CallEnd } from './run-call.ts';
import { toStepRecord } from './run-items.ts';

/** One attempt of a step that another worker has sent. Its end is on record; the sender decides what follows from it. */
export async function runSentStep(sent: SentStep, run: ActiveRun, around: CallScope): Promise<CallEnd> {
  const { backend, scheduler, progress } = run.resources;
  const task = receivedTask(sent, run, around);
  try {
    const { report } = backend.stepRecord(sent.path) ?? (await recordedAttempt(task));
    progress.finish(report);
    const { status, reason } = report;
    return { status: status === 'skipped' ? 'cancelled' : status, outputs: {}, ...(reason && { reason }) };
  } finally {
    task.scope.leave();
    await scheduler.step(`${sent.path}:services`, () => task.scope.services.dispose());
  }
}

async function recordedAttempt(task: StepTask): Promise<StepRecord> {
  const { planned, run, scope } = task;
  const { resources, input } = run;
  const { retry: _, ...step } = planned.step;
  const { ended, attempts, durationMs } = await withRetries({ ...planned, step }, resources, input, (name, begin) =>
    resources.scheduler.step(name, () => runStep(task, scope.cancel, begin)),
  );
  const { status, exitCode } = ended;
  const reason = 'reason' in ended && { reason: ended.reason };
  const record = toStepRecord(
    planned,
    { id: planned.stepPath, status, exitCode, attempts, durationMs, ...reason },
    ended,
  );
  resources.backend.ended(record);
  return record;
}
