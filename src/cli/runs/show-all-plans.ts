import { LockstepError } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-code.ts';
import { say } from '../terminal/say.ts';
import { noteDistrust } from '../trust-note.ts';

interface AllFlags {
  readonly arg: readonly string[];
  readonly 'args-file': string | undefined;
  readonly agent: string | undefined;
  readonly group: string | undefined;
  readonly on: 'host' | undefined;
  readonly graph: boolean;
  readonly json: boolean;
}

/** Makes and prints every plan: `plan --all`. Returns the exit code. */
export async function showAllPlans(context: Context, project: Project, flags: AllFlags): Promise<number> {
  if (flags.arg.length > 0 || flags['args-file'] !== undefined || flags.graph)
    throw new LockstepError('usage/invalid', '--all plans without arguments, and draws no graph', [
      'lockstep plan --all',
      'lockstep plan TOOL --arg NAME=VALUE',
    ]);
  const { agent, group, on } = flags;
  const { planAll } = await import('../../project/authoring/plan-all.ts');
  const all = await planAll(project, {
    ...(agent !== undefined && { agent }),
    ...(group !== undefined && { group }),
    ...(on !== undefined && { on }),
  });
  if (flags.json) {
    const { planReport } = await import('../../plan/plan-report.ts');
    const { problemReport } = await import('../../text/problem-report.ts');
    const { ready, plans, problems } = all;
    const report = { ready, plans: plans.map(planReport), problems: problems.map(problemReport) };
    (await import('../render/json.ts')).printJson(context, report);
  } else say(context.stdout, (await import('../render/all-plans.ts')).allPlansText(all, context.color.stdout));
  if (all.plans.some((plan) => plan.group !== null)) await noteDistrust(context, project);
  return all.ready ? EXIT.ok : EXIT.failed;
}
