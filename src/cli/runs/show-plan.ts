import type { Project } from '../../project/project.ts';
import type { PlanOptions } from '../../project/runs/call-options.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { say } from '../terminal/say.ts';
import { noteDistrust } from '../trust-note.ts';

/** Makes and prints a plan: `plan`, and `run --dry-run`. Returns the exit code. */
export async function showPlan(
  context: Context,
  project: Project,
  tool: string,
  options: PlanOptions,
  form: 'text' | 'graph' | 'json',
): Promise<number> {
  const plan = await project.plan(tool, options);
  const { planReport } = await import('../../plan/plan-report.ts');
  const report = planReport(plan);
  const sandbox = await project.sandbox(plan);
  if (form === 'json')
    (await import('../render/json.ts')).printJson(context, { ...report, ...(sandbox && { sandbox }) });
  else if (form === 'graph') {
    say(context.stdout, (await import('../render/graph.ts')).planGraph(plan));
    say(context.stderr, (await import('../render/problems.ts')).problemsText(plan.problems, context.color.stderr));
  } else say(context.stdout, (await import('../render/plan.ts')).planText(plan, sandbox, context.color.stdout));
  if (plan.group !== null) await noteDistrust(context, project);
  return report.ready ? EXIT.ok : EXIT.failed;
}
