import type { AllPlans } from '../../project/authoring/plan-all.ts';
import { hasErrors } from '../../text/problem.ts';
import { painter } from '../terminal/say.ts';
import { count, problemsText } from './problems.ts';
import { columns } from './table.ts';

/** A line for each plan, then every problem once, and how many would start. */
export function allPlansText({ plans, problems }: AllPlans, color: boolean): string {
  const paint = painter(color);
  const rows = plans.map(({ tool, agent, group, problems: found }) => [
    tool.name,
    agent?.name ?? '-',
    group ?? '-',
    hasErrors(found) ? paint('red', 'would not start') : paint('green', 'ready'),
  ]);
  const table = rows.length === 0 ? [] : [columns([['TOOL', 'AGENT', 'GROUP', 'PLAN'], ...rows])];
  const ready = plans.filter((plan) => !hasErrors(plan.problems)).length;
  const told = problems.length === 0 ? [] : ['', problemsText(problems, color)];
  return `${[...table, ...told, `${ready} of ${count(plans.length, 'plan')} would start`].join('\n')}\n`;
}
