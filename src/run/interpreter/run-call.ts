import { EvaluationError } from '../../definition/expressions/expression.ts';
import type { Step } from '../../definition/model/tool.ts';
import type { PlannedCall, PlannedStep, PlannedToolCall } from '../../plan/plan.ts';
import { isTrue } from '../../plan/static-evaluation.ts';
import type { JsonValue } from '../../text/node.ts';
import type { Attempt } from '../attempt.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { EndReason, StepReport } from '../event.ts';
import type { StepRecord } from '../execution-backend.ts';
import { Frame } from '../frame.ts';
import { masksOfText, sensitiveTexts } from '../step/masks.ts';
import { runStep } from '../step/run-step.ts';
import { senderOf } from '../step/send-step.ts';
import { requestStepApproval } from './approval.ts';
import { callArguments } from './call-arguments.ts';
import { type Worked, withRetries } from './retry.ts';
import { type RepeatedStep, runItems, toStepRecord } from './run-items.ts';
import { schedule } from './schedule.ts';
import { type NotRun, type UnstartedStep, unstartedStep, withStepLock } from './step-lock.ts';

export interface CallEnd {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** Masked, except the sensitive ones. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly reason?: EndReason;
}

/**
 * Runs one tool's steps as a DAG: the run's root, or the callee of a `uses` step.
 * waiting -> (its needs have ended) -> skipped, or running -> succeeded | failed | cancelled.
 */
export async function runCall(
  call: PlannedCall,
  args: Readonly<Record<string, JsonValue>>,
  run: ActiveRun,
  around: CallScope,
): Promise<CallEnd> {
  const { timeoutMs } = call.tool;
  const scope = around.enter({ timeoutMs });
  const runner = new CallRunner(call, new Frame(call.tool, args), run, scope);
  const steps = call.steps.map(({ step }) => step);
  try {
    await schedule(steps, (step) => runner.run(step));
  } finally {
    scope.leave();
    const name = `${call.steps[0]?.stepPath}:services`;
    if (call.tool.container?.services.length) await run.resources.scheduler.step(name, () => scope.services.dispose());
  }
  return runner.end(scope.expired, timeoutMs ?? 0);
}

class CallRunner {
  readonly #frame: Frame;
  readonly #run: ActiveRun;
  readonly #scope: CallScope;
  readonly #planned: ReadonlyMap<string, PlannedStep>;
  /** Set when a person has denied one of the steps: the caller of the tool must not ask again. */
  #refusal: EndReason | undefined;

  constructor(call: PlannedCall, frame: Frame, run: ActiveRun, scope: CallScope) {
    this.#frame = frame;
    this.#run = run;
    this.#scope = scope;
    this.#planned = new Map(call.steps.map((planned) => [planned.step.id, planned]));
  }

  async run(step: Step): Promise<void> {
    const planned = this.#planned.get(step.id);
    if (planned === undefined) return;
    const { resources } = this.#run;
    const { backend, progress } = resources;
    const recorded = backend.stepRecord(planned.stepPath);
    if (recorded !== undefined) {
      progress.finish(...backend.reportsBelow(planned.stepPath));
      return this.#settle(planned, recorded);
    }
    const refusal = this.#whyNot(step);
    if (refusal !== null) return this.#finish(planned, unstartedStep(refusal.status, refusal.reason));
    const refused = await requestStepApproval(planned, this.#frame, resources, this.#scope);
    if (refused?.reason.why === 'not-approved' && !step.continueOnError) this.#refusal = refused.reason;
    const done = refused ? unstartedStep(refused.status, refused.reason) : await this.#locked(planned, step);
    return this.#finish(planned, done);
  }

  end(timedOut: boolean, timeoutMs: number): CallEnd {
    const states = [...this.#frame.states.values()];
    if (timedOut) return { status: 'failed', outputs: {}, reason: { why: 'timeout', afterMs: timeoutMs } };
    if (this.#scope.cancel.aborted || states.some((state) => state.status === 'cancelled'))
      return { status: 'cancelled', outputs: {}, reason: { why: 'cancelled' } };
    if (this.#refusal !== undefined) return { status: 'failed', outputs: {}, reason: this.#refusal };
    if (states.some((state) => state.status === 'failed' && state.blockedBy !== undefined))
      return { status: 'failed', outputs: {}, reason: { why: 'call', tool: this.#frame.tool.name } };
    try {
      return {
        status: 'succeeded',
        outputs: this.#maskAll(this.#frame.render(this.#frame.tool.outputs, this.#frame.variables())),
      };
    } catch (error) {
      if (error instanceof EvaluationError)
        return { status: 'failed', outputs: {}, reason: { why: 'expression', detail: error.message } };
      throw error;
    }
  }

  /** Except the sensitive ones, which only the calling tool gets. */
  #maskAll(outputs: Record<string, string>): Record<string, string> {
    const { redactor } = this.#scope;
    const { sensitiveOutputs } = this.#frame.tool;
    redactor.add([...sensitiveOutputs].flatMap((name) => masksOfText(outputs[name] ?? '')));
    const masked = (name: string, value: string) => (sensitiveOutputs.has(name) ? value : redactor.text(value));
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, masked(name, value)]));
  }

  /** Why the step does not start, or null when it does. Without a status function an `if` also wants its ancestors well. */
  #whyNot(step: Step): NotRun | null {
    const blockedBy = this.#blocker(step);
    const cancelled = this.#scope.cancel.aborted;
    const { condition } = step;
    const asksStatus = typeof condition === 'object' && condition.statusFunctions.length > 0;
    if (!asksStatus && cancelled) return { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' } };
    if (!asksStatus && blockedBy !== undefined) return skipped({ why: 'ancestor', step: blockedBy });
    if (condition === undefined || condition === true) return null;
    if (condition === false) return skipped({ why: 'condition' });
    try {
      const status = {
        success: blockedBy === undefined && !cancelled,
        failure: blockedBy !== undefined && !cancelled,
        always: true,
        cancelled,
      };
      return isTrue(condition.evaluate(this.#frame.scope(this.#frame.variables(), status)))
        ? null
        : skipped({ why: 'condition' });
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      return { status: 'failed', exitCode: null, reason: { why: 'expression', detail: error.message } };
    }
  }

  #blocker(step: Step): string | undefined {
    for (const need of step.needs) {
      const blockedBy = this.#frame.states.get(need.name)?.blockedBy;
      if (blockedBy !== undefined) return blockedBy;
    }
    return undefined;
  }

  #locked(planned: PlannedStep, step: Step): Promise<Worked | UnstartedStep> {
    const { lock } = step;
    const work = () => this.#workOn(planned, step);
    if (lock === undefined || this.#scope.heldLocks.has(lock)) return work();
    const wanted = { name: lock, step: planned.stepPath, until: this.#waitNow() };
    return withStepLock(this.#run.resources.scheduler, wanted, work);
  }

  async #workOn(planned: PlannedStep, { forEach }: Step): Promise<Worked | UnstartedStep> {
    if (forEach === undefined) return this.#work(planned, this.#frame);
    const work: RepeatedStep['work'] = (one, frame, begin) => this.#work(one, frame, begin);
    return runItems({ planned, forEach, frame: this.#frame, work }, this.#run, this.#cancelNow());
  }

  /** @param beginAll called before the first attempt begins, and before each other one */
  #work(planned: PlannedStep, frame: Frame, beginAll: () => void = () => undefined): Promise<Worked> {
    const { input, resources } = this.#run;
    const signals = { cancel: this.#scope.cancel, kill: input.kill };
    return withRetries(planned, resources, signals, (name, beginOne) => {
      const cancel = this.#cancelNow();
      const begin = (worker?: string) => {
        beginAll();
        beginOne(worker);
      };
      if (!('call' in planned)) {
        const task = { planned, frame, run: this.#run, scope: this.#scope };
        const work = senderOf(task, resources.backend) ?? runStep;
        return resources.scheduler.step(name, () => work(task, cancel, begin));
      }
      begin();
      return this.#call(planned, frame, cancel);
    });
  }

  /** A step that runs although the run was cancelled (`always()`) is ended only by the second Ctrl-C, or long after a timeout. */
  #cancelNow(): AbortSignal {
    const { cancel, limits } = this.#scope;
    return cancel.aborted
      ? AbortSignal.any([this.#run.input.kill, ...limits.map(({ cleanupExpired }) => cleanupExpired)])
      : cancel;
  }

  /** What waits after a timeout can still be cancelled gently. */
  #waitNow(): AbortSignal {
    const { cancel } = this.#run.input;
    const now = this.#cancelNow();
    return this.#scope.cancel.aborted && !cancel.aborted ? AbortSignal.any([cancel, now]) : now;
  }

  async #call(planned: PlannedToolCall, frame: Frame, cancel: AbortSignal): Promise<Attempt> {
    const given = callArguments(planned, frame);
    if ('why' in given) return { status: 'failed', exitCode: null, reason: given };
    const { step, call } = planned;
    // A sensitive argument of the called tool alone is masked in that tool's output.
    const sensitive = sensitiveTexts(call.tool, given.values);
    const scope = this.#scope.enter({ timeoutMs: step.timeoutMs, cancel, step, sensitive });
    const end = await runCall(call, given.values, this.#run, scope).finally(() => scope.leave());
    if (end.status === 'succeeded') return { status: 'succeeded', exitCode: 0, outputs: end.outputs };
    if (scope.expired)
      return { status: 'failed', exitCode: null, reason: { why: 'timeout', afterMs: step.timeoutMs ?? 0 } };
    return { status: end.status, exitCode: null, reason: end.reason ?? { why: 'call', tool: call.tool.name } };
  }

  #finish(planned: PlannedStep, done: Worked | UnstartedStep): void {
    const { ended, attempts, durationMs } = done;
    const report: StepReport = {
      id: planned.stepPath,
      status: ended.status,
      exitCode: ended.exitCode,
      attempts,
      durationMs,
      ...('reason' in ended && { reason: ended.reason }),
      ...(ended.status === 'failed' && planned.step.continueOnError && { forgiven: true }),
      ...('items' in done && done.items && { items: done.items }),
    };
    const recorded = toStepRecord(planned, report, ended);
    const { backend, emit } = this.#run.resources;
    backend.ended(recorded);
    this.#settle(planned, recorded);
    void emit({ type: 'step-finished', step: report });
  }

  /** Later steps can see the result from here on. */
  #settle({ step }: PlannedStep, { report, outputs }: StepRecord): void {
    const { status } = report;
    const broken = status === 'cancelled' || (status === 'failed' && !step.continueOnError);
    const blockedBy = broken ? step.id : this.#blocker(step);
    // A `forEach` over nothing wrote nothing.
    const isComplete = status === 'succeeded' && report.items?.total !== 0;
    this.#frame.states.set(step.id, { status, outputs, isComplete, ...(blockedBy !== undefined && { blockedBy }) });
    this.#run.resources.progress.finish(report);
  }
}

function skipped(reason: EndReason): NotRun {
  return { status: 'skipped', exitCode: null, reason };
}
