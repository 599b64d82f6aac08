import { sensitiveOutputsOf } from '../../definition/model/tool.ts';
import type { PlannedStep } from '../../plan/plan.ts';
import type { StepReport } from '../event.ts';
import type { StepRecord } from '../execution-backend.ts';
import type { Attempt } from '../step/run-step.ts';
import type { NotRun } from './step-lock.ts';

/** The record of a step, or of an item, that has ended. */
export function toStepRecord(planned: PlannedStep, report: StepReport, ended: Attempt | NotRun): StepRecord {
  const outputs = ended.status === 'succeeded' ? ended.outputs : {};
  const called = 'call' in planned ? planned.call.tool : undefined;
  const sensitive = [...sensitiveOutputsOf(planned.step, called)].filter((name) => Object.hasOwn(outputs, name));
  return { report, outputs, ...(sensitive.length > 0 && { sensitive }) };
}
