import { EvaluationError } from '../../definition/expressions/expression.ts';
import { type ForEach, sensitiveOutputsOf } from '../../definition/model/tool.ts';
import { itemsFault } from '../../definition/values/argument-value.ts';
import type { PlannedCall, PlannedStep } from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import type { Attempt } from '../attempt.ts';
import type { ActiveRun, RunResources } from '../context/run-resources.ts';
import type { EndReason, StepReport } from '../event.ts';
import type { StepRecord } from '../execution-backend.ts';
import type { Frame } from '../frame.ts';
import { MAXIMUM_OUTPUTS } from '../workspace/step-outputs.ts';
import { joinedOutputs } from './item-outputs.ts';
import type { Worked } from './retry.ts';
import { type NotRun, type UnstartedStep, unstartedStep } from './step-lock.ts';

/** A step that is done for each item of its `forEach`. */
export interface RepeatedStep {
  readonly planned: PlannedStep;
  readonly forEach: ForEach;
  readonly frame: Frame;
  /** On one item; calls `begin` when it starts, and never rejects. */
  work(planned: PlannedStep, frame: Frame, begin: () => void): Promise<Worked>;
}

/**
 * Does a step's work once for each item of its `forEach`. Items start in order, up to the limit at a time. After a failure
 * or a cancel no further item starts, and running ones finish.
 */
export async function runItems(
  step: RepeatedStep,
  { input, resources }: ActiveRun,
  cancel: AbortSignal,
): Promise<Worked | UnstartedStep> {
  const items = itemsOf(step.forEach, step.frame);
  if (!Array.isArray(items)) return unstartedStep('failed', { why: 'expression', detail: items.fault });
  const limit = Math.max(1, step.forEach.maxParallel ?? input.parallel);
  const runner = new ItemRunner(step, resources, cancel);
  const worked = await mapInOrder(items, limit, async (item, index) => runner.replay(index) ?? runner.run(item, index));
  return { ...together(step.planned, worked), durationMs: runner.durationMs };
}

class ItemRunner {
  readonly #step: RepeatedStep;
  readonly #resources: Pick<RunResources, 'backend' | 'progress' | 'emit'>;
  readonly #cancel: AbortSignal;
  #began: number | undefined;
  #outputBytes = 0;

  constructor(step: RepeatedStep, resources: RunResources, cancel: AbortSignal) {
    this.#step = step;
    this.#resources = resources;
    this.#cancel = cancel;
  }

  get durationMs(): number {
    return this.#began === undefined ? 0 : msSince(this.#began);
  }

  /** The result of the item in an earlier process of this run. */
  replay(index: number): Mapped<Worked> | undefined {
    const { backend, progress } = this.#resources;
    const { stepPath } = forItem(this.#step.planned, index);
    const recorded = backend.stepRecord(stepPath);
    if (recorded === undefined) return undefined;
    progress.finish(...backend.reportsBelow(stepPath));
    const { status, attempts, durationMs } = recorded.report;
    return { result: { ended: endedOf(recorded), attempts, durationMs }, goesOn: status === 'succeeded' };
  }

  async run(item: JsonValue, index: number): Promise<Mapped<Worked>> {
    const { planned, frame, work } = this.#step;
    const { backend, emit } = this.#resources;
    const labelled = forItem(planned, index);
    const done = await work(labelled, frame.withItem({ item, index }), () => this.#begin());
    this.#outputBytes += outputSize(done.ended);
    const result = this.#outputBytes > MAXIMUM_OUTPUTS ? { ...done, ended: TOO_MUCH } : done;
    const { ended, attempts, durationMs } = result;
    const { status, exitCode } = ended;
    const reason = 'reason' in ended && { reason: ended.reason };
    const report = { id: labelled.stepPath, status, exitCode, attempts, durationMs, ...reason };
    backend.ended(toStepRecord(planned, report, ended));
    void emit({ type: 'item-finished', step: planned.stepPath, item: report });
    return { result, goesOn: status === 'succeeded' && !this.#cancel.aborted };
  }

  #begin(): void {
    const { stepPath } = this.#step.planned;
    if (this.#began === undefined) void this.#resources.emit({ type: 'step-started', step: stepPath, attempt: 1 });
    this.#began ??= monotonicMs();
  }
}

/** As it ended in an earlier process of this run. An item is never skipped. */
function endedOf({ report, outputs }: StepRecord): Attempt {
  const { status, reason } = report;
  if (status === 'succeeded') return { status, exitCode: report.exitCode ?? 0, outputs };
  const ended = status === 'cancelled' ? status : 'failed';
  return { status: ended, exitCode: report.exitCode, reason: reason ?? { why: 'cancelled' } };
}

function itemsOf({ list }: ForEach, frame: Frame): JsonValue[] | { readonly fault: string } {
  try {
    const value = list.evaluate(frame.scope(frame.variables()));
    const fault = itemsFault(value);
    return fault === null && Array.isArray(value) ? value : { fault: fault ?? '' };
  } catch (error) {
    if (error instanceof EvaluationError) return { fault: error.message };
    throw error;
  }
}

/** What became of an item, and whether further ones may start. */
interface Mapped<R> {
  readonly result: R;
  readonly goesOn: boolean;
}

/** Undefined for items that never started. What `work` rejects with is a bug, and comes out when nothing runs any more. */
async function mapInOrder<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<Mapped<R>>,
): Promise<(R | undefined)[]> {
  const results: (R | undefined)[] = items.map(() => undefined);
  const left = items.entries();
  let open = true;
  const lane = async (): Promise<void> => {
    for (const [index, item] of left) {
      if (!open) return;
      try {
        const { result, goesOn } = await work(item, index);
        results[index] = result;
        open &&= goesOn;
      } catch (error) {
        open = false;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane));
  for (const one of lanes) if (one.status === 'rejected') throw one.reason;
  return results;
}

/** Its own name among the items: `audit[3]`, and `audit[3]/send` for the steps of a tool that it calls. */
function forItem<T extends PlannedStep>(planned: T, index: number): T {
  const { stepPath } = planned;
  const label = `${stepPath}[${index}]`;
  const relabel = (call: PlannedCall): PlannedCall => ({
    ...call,
    steps: call.steps.map((one) => ({
      ...one,
      stepPath: label + one.stepPath.slice(stepPath.length),
      ...('call' in one && { call: relabel(one.call) }),
    })),
  });
  return { ...planned, stepPath: label, ...('call' in planned && { call: relabel(planned.call) }) };
}

function together(planned: PlannedStep, worked: readonly (Worked | undefined)[]): Omit<Worked, 'durationMs'> {
  const ends = worked.map((one) => one?.ended);
  const number = (status: Attempt['status']) => ends.filter((one) => one?.status === status).length;
  const items = {
    total: worked.length,
    succeeded: number('succeeded'),
    failed: number('failed'),
    cancelled: number('cancelled'),
  };
  const attempts = worked.reduce((sum, one) => sum + (one?.attempts ?? 0), 0);
  return { ended: endOfItems(planned, ends), attempts, items };
}

/** The first failed item in the list speaks for all: which one ended first is chance. */
function endOfItems(planned: PlannedStep, ends: readonly (Attempt | undefined)[]): Attempt {
  const index = ends.findIndex((one) => one?.status === 'failed');
  const broken = ends[index];
  if (broken?.status === 'failed') {
    const { exitCode, reason } = broken;
    return { status: 'failed', exitCode, reason: { why: 'item', index, reason } };
  }
  const given = ends.flatMap((one) => (one?.status === 'succeeded' ? [one.outputs] : []));
  if (given.length < ends.length) return { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' } };
  const joined = joinedOutputs(planned, given);
  return 'reason' in joined
    ? failedItems(joined.reason)
    : { status: 'succeeded', exitCode: 0, outputs: joined.outputs };
}

/** The size of the outputs of an item: their sum is limited while items are still to come. */
function outputSize(ended: Attempt): number {
  const texts = ended.status === 'succeeded' ? Object.values(ended.outputs) : [];
  return texts.reduce((sum, text) => sum + text.length, 0);
}

const TOO_MUCH = failedItems({ why: 'output-limit', bytes: MAXIMUM_OUTPUTS });

function failedItems(reason: EndReason): Attempt {
  return { status: 'failed', exitCode: null, reason };
}

/** The record of a step, or of an item, that has ended. */
export function toStepRecord(planned: PlannedStep, report: StepReport, ended: Attempt | NotRun): StepRecord {
  const outputs = ended.status === 'succeeded' ? ended.outputs : {};
  const called = 'call' in planned ? planned.call.tool : undefined;
  const sensitive = [...sensitiveOutputsOf(planned.step, called)].filter((name) => Object.hasOwn(outputs, name));
  return { report, outputs, ...(sensitive.length > 0 && { sensitive }) };
}
