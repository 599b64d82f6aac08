import { InternalError } from '../../errors.ts';
import { plannedRuns } from '../../plan/plan.ts';
import { withoutItems } from '../../util/step-path.ts';
import { type Attempt, NEVER_BEGUN } from '../attempt.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { ExecutionBackend } from '../execution-backend.ts';
import { Frame } from '../frame.ts';
import type { SentStep } from '../sent-step.ts';
import { masksOfText } from './masks.ts';
import type { StepTask } from './step-work.ts';

/** How a backend sends the steps that may run on another worker; undefined where this one runs here. */
export function senderOf({ planned }: StepTask, backend: ExecutionBackend): Sender | undefined {
  const { runsOn } = planned;
  const send = backend.send?.bind(backend);
  if (runsOn === undefined || send === undefined) return undefined;
  return async (task, cancel, begin) => {
    if (cancel.aborted) return NEVER_BEGUN;
    const { run, scope } = task;
    const ended = await send({ ...sentStep(task), runsOn }, { cancel, kill: run.input.kill, begin });
    if (ended.status === 'succeeded') {
      const sensitive = [...task.planned.step.sensitiveOutputs];
      scope.redactor.add(sensitive.flatMap((name) => masksOfText(ended.outputs[name] ?? '')));
    }
    return ended;
  };
}

type Sender = (task: StepTask, cancel: AbortSignal, begin: (worker: string) => void) => Promise<Attempt>;

function sentStep({ planned, frame, scope }: StepTask): Omit<SentStep, 'runsOn'> {
  return {
    path: planned.stepPath,
    args: frame.args,
    ...(frame.each && { each: frame.each }),
    states: Object.fromEntries(frame.states),
    masks: scope.redactor.later.map((value) => Buffer.from(value).toString('base64')),
  };
}

/** The same task on the worker that does it. The caller leaves its scope. */
export function receivedTask(sent: SentStep, run: ActiveRun, around: CallScope): StepTask {
  const { path, args, each, states, masks } = sent;
  const planned = plannedRuns(run.input.plan.root).find(({ stepPath }) => stepPath === withoutItems(path));
  if (planned === undefined) throw new InternalError('the plan has no such step as was sent');
  const sensitive = masks.map((value) => Buffer.from(value, 'base64'));
  return {
    planned: { ...planned, stepPath: path },
    frame: new Frame(planned.tool, args, each, new Map(Object.entries(states))),
    run,
    scope: around.enter({ timeoutMs: undefined, sensitive }),
  };
}
