import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { StepRecord } from '../execution-backend.ts';
import type { SentStep } from '../sent-step.ts';
import { runStep } from '../step/run-step.ts';
import { receivedTask } from '../step/send-step.ts';
import type { StepTask } from '../step/step-work.ts';
import { checkedArguments } from './call-arguments.ts';
import { type Worked, withRetries } from './retry.ts';
import type { CallEnd } from './run-call.ts';
import { toStepRecord } from './run-items.ts';
import { type UnstartedStep, withStepLock } from './step-lock.ts';

/** One attempt of a step that another worker has sent. Its end is on record; the sender decides what follows from it. */
export async function runSentStep(sent: SentStep, run: ActiveRun, around: CallScope): Promise<CallEnd> {
  const { backend, scheduler, progress } = run.resources;
  const task = receivedTask(sent, run, around);
  try {
    // A member who signs can write such a job by hand.
    const checked = checkedArguments(task.planned.tool, sent.args, false);
    if ('why' in checked) return { status: 'failed', outputs: {}, reason: checked };
    const { report } = backend.stepRecord(sent.path) ?? (await recordedAttempt(task, sent.locks));
    progress.finish(report);
    const { status, reason } = report;
    return { status: status === 'skipped' ? 'cancelled' : status, outputs: {}, ...(reason && { reason }) };
  } finally {
    task.scope.leave();
    await scheduler.step(`${sent.path}:services`, () => task.scope.services.dispose());
  }
}

async function recordedAttempt(task: StepTask, locks: readonly string[]): Promise<StepRecord> {
  const { planned, run, scope } = task;
  const { resources, input } = run;
  const { retry: _, ...step } = planned.step;
  const { scheduler } = resources;
  const attempt = (): Promise<Worked | UnstartedStep> =>
    withRetries({ ...planned, step }, resources, input, (name, begin) =>
      scheduler.step(name, () => runStep(task, scope.cancel, begin)),
    );
  const locked = locks.reduce((work, name) => {
    const wanted = { name, step: planned.stepPath, until: scope.cancel };
    return () => withStepLock(scheduler, wanted, work);
  }, attempt);
  const { ended, attempts, durationMs } = await locked();
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
