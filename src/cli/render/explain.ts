import { type Plan, type PlannedStep, plannedSteps } from '../../plan/plan.ts';
import { reasonBeside, type StepReport } from '../../run/event.ts';
import { visibleLine } from '../../text/visible.ts';
import { withoutItems } from '../../util/step-path.ts';
import { columns } from './table.ts';

/**
 * Why each step of a run ran, or did not: one line per step, in the order in which steps ended.
 * @param taken by step, the results that this run took over from an earlier run
 */
export function explainText(plan: Plan, reports: readonly StepReport[], taken: ReadonlyMap<string, unknown>): string {
  const planned = new Map(plannedSteps(plan.root).map((one) => [one.stepPath, one]));
  const rows = reports.map((report) => [
    report.id,
    taken.has(report.id)
      ? `did not run again: ${report.status} before`
      : why(report, planned.get(withoutItems(report.id))),
  ]);
  const told = new Set(reports.map(({ id }) => withoutItems(id)));
  const others = [...planned.keys()].filter((path) => !told.has(path)).map((path) => [path, 'not reached']);
  return `${columns([...rows, ...others], '  ')}\n`;
}

function why(report: StepReport, planned: PlannedStep | undefined): string {
  const { reason, attempts, status, forgiven } = report;
  const because = reasonBeside(report);
  const ended = because === undefined ? status : `${status}: ${because}`;
  if (planned === undefined) return visibleLine(ended);
  const { step } = planned;
  const condition = typeof step.condition === 'object' ? step.condition.text.trim() : step.condition;
  if (reason?.why === 'condition') return visibleLine(`${ended}: ${condition}`);
  if (attempts === 0) return visibleLine(ended);
  const needs = step.needs.map(({ name }) => name);
  const started = [
    needs.length === 0 ? 'ran at once' : `ran after ${needs.join(', ')}`,
    ...(condition === undefined ? [] : [`its \`if\` is true: ${condition}`]),
    ...(attempts > 1 && planned.forEach === undefined ? [`${attempts} attempts`] : []),
  ];
  return visibleLine(`${started.join('; ')}; ${ended}${forgiven ? ', forgiven by continueOnError' : ''}`);
}
