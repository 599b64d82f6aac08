import { EvaluationError } from '../../definition/expressions/expression.ts';
import type { ForEach } from '../../definition/model/tool.ts';
import { itemsFault } from '../../definition/values/argument-value.ts';
import type { PlannedCall, PlannedStep } from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import type { EndReason } from '../event.ts';
import type { StepRecord } from '../execution-backend.ts';
import type { Frame } from '../frame.ts';
import type { RunContext } from '../run-context.ts';
import type { Attempt } from '../step/run-step.ts';
import { MAXIMUM_OUTPUTS } from '../workspace/step-outputs.ts';
import { joinedOutputs } from './item-outputs.ts';
import type { Worked } from './retry.ts';
import { type UnstartedStep, unstartedStep } from './step-lock.ts';
import { toStepRecord } from './step-record.ts';

/**
 * Does a step's work once for each item of its `forEach`. Items start in order, up to the limit at a time. After a failure
 * or a cancel no further item starts, and running ones finish.
 * @param work on one item, which calls `begin` when it starts; never rejects
 */
export async function runItems(
  planned: PlannedStep,
  forEach: ForEach,
  frame: Frame,
  context: RunContext,
  cancel: AbortSignal,
  work: (planned: PlannedStep, frame: Frame, begin: () => void) => Promise<Worked>,
): Promise<Worked | UnstartedStep> {
  const items = itemsOf(forEach, frame);
  if (!Array.isArray(items)) return unstartedStep('failed', { why: 'expression', detail: items.fault });
  let began: number | undefined;
  const begin = () => {
    if (began === undefined) void context.emit({ type: 'step-started', step: planned.stepPath, attempt: 1 });
    began ??= monotonicMs();
  };
  const limit = Math.max(1, forEach.maxParallel ?? context.parallel);
  const worked: (Worked | undefined)[] = items.map(() => undefined);
  let outputBytes = 0;
  await inOrder(items.length, limit, async (index) => {
    const labelled = forItem(planned, index);
    const recorded = context.backend.stepRecord(labelled.stepPath);
    if (recorded !== undefined) {
      context.finished.push(...context.backend.reportsBelow(labelled.stepPath));
      const { attempts, durationMs } = recorded.report;
      worked[index] = { ended: endedOf(recorded), attempts, durationMs };
      return recorded.report.status === 'succeeded';
    }
    const done = await work(labelled, frame.withItem({ item: items[index] ?? null, index }), begin);
    outputBytes += outputSize(done.ended);
    const one = outputBytes > MAXIMUM_OUTPUTS ? { ...done, ended: TOO_MUCH } : done;
    worked[index] = one;
    const { ended, attempts, durationMs } = one;
    const { status, exitCode } = ended;
    const reason = 'reason' in ended && { reason: ended.reason };
    const report = { id: labelled.stepPath, status, exitCode, attempts, durationMs, ...reason };
    context.backend.ended(toStepRecord(planned, report, ended));
    void context.emit({ type: 'item-finished', step: planned.stepPath, item: report });
    return status === 'succeeded' && !cancel.aborted;
  });
  return { ...together(planned, worked), durationMs: began === undefined ? 0 : msSince(began) };
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

/** @param work says whether further ones may start. What it rejects with is a bug, and comes out when nothing runs any more. */
async function inOrder(count: number, limit: number, work: (index: number) => Promise<boolean>): Promise<void> {
  let next = 0;
  let open = true;
  const lane = async (): Promise<void> => {
    while (open && next < count) {
      try {
        if (!(await work(next++))) open = false;
      } catch (error) {
        open = false;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, count) }, lane));
  for (const one of lanes) if (one.status === 'rejected') throw one.reason;
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

/** Held back from growing without end while items are still to come. */
function outputSize(ended: Attempt): number {
  const texts = ended.status === 'succeeded' ? Object.values(ended.outputs) : [];
  return texts.reduce((sum, text) => sum + text.length, 0);
}

const TOO_MUCH = failedItems({ why: 'output-limit', bytes: MAXIMUM_OUTPUTS });

function failedItems(reason: EndReason): Attempt {
  return { status: 'failed', exitCode: null, reason };
}
