import { InternalError } from '../../errors.ts';
import { plannedRuns } from '../../plan/plan.ts';
import type { OutputStream } from '../../process/child.ts';
import { withoutItems } from '../../util/step-path.ts';
import { type Attempt, NEVER_BEGUN } from '../attempt.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { ExecutionBackend, SentSignals } from '../execution-backend.ts';
import { Frame } from '../frame.ts';
import type { SentStep } from '../sent-step.ts';
import { masksOfText } from './masks.ts';
import { MaskedText } from './output-reader.ts';
import type { StepTask } from './step-work.ts';

/** How a backend sends the steps that may run on another worker; undefined where this one runs here. */
export function senderOf({ planned }: StepTask, backend: ExecutionBackend): Sender | undefined {
  const { runsOn } = planned;
  const send = backend.send?.bind(backend);
  if (runsOn === undefined || send === undefined) return undefined;
  return async (task, cancel, begin) => {
    if (cancel.aborted) return NEVER_BEGUN;
    const said = new MaskedAgain(task);
    const signals = { cancel, kill: task.run.input.kill, begin, tell: said.tell.bind(said) };
    const ended = await send({ ...sentStep(task), runsOn }, signals).finally(() => said.end());
    return ended.status === 'succeeded' ? { ...ended, outputs: said.outputs(ended.outputs) } : ended;
  };
}

/**
 * Masks what a sent step says and gives once more: since it was sent, other steps of the run may have made sensitive outputs
 * that its worker does not know.
 */
class MaskedAgain {
  readonly #task: StepTask;
  readonly #streams: Readonly<Record<OutputStream, MaskedText>>;

  constructor(task: StepTask) {
    this.#task = task;
    const { redactor } = task.scope;
    this.#streams = { stdout: new MaskedText(redactor.stream()), stderr: new MaskedText(redactor.stream()) };
  }

  tell(event: Parameters<SentSignals['tell']>[0]): void | Promise<void> {
    const { scope, run } = this.#task;
    if (event.type === 'output')
      return this.#say(event.stream, this.#streams[event.stream].push(Buffer.from(event.text)));
    return run.resources.emit({ ...event, message: scope.redactor.text(event.message) });
  }

  /** Lets out what was held back. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) void this.#say(stream, this.#streams[stream].end());
  }

  outputs(given: Readonly<Record<string, string>>): Record<string, string> {
    const { planned, scope } = this.#task;
    const { sensitiveOutputs } = planned.step;
    scope.redactor.add([...sensitiveOutputs].flatMap((name) => masksOfText(given[name] ?? '')));
    const masked = (name: string, value: string) => (sensitiveOutputs.has(name) ? value : scope.redactor.text(value));
    return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, masked(name, value)]));
  }

  #say(stream: OutputStream, text: string): void | Promise<void> {
    const { planned, run } = this.#task;
    return text === '' ? undefined : run.resources.emit({ type: 'output', step: planned.stepPath, stream, text });
  }
}

type Sender = (task: StepTask, cancel: AbortSignal, begin: (worker: string) => void) => Promise<Attempt>;

function sentStep({ planned, frame, scope }: StepTask): Omit<SentStep, 'runsOn'> {
  return {
    path: planned.stepPath,
    args: frame.args,
    ...(frame.each && { each: frame.each }),
    states: Object.fromEntries(frame.states),
    locks: [...scope.locksOver(planned.step)],
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
