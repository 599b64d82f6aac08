import { asText, renderText } from '../../definition/expressions/template.ts';
import { ITEM_VARIABLES, inputVariable } from '../../names.ts';
import { importGuard } from '../../plan/make-plan.ts';
import type { PlannedRun } from '../../plan/plan.ts';
import type { CallScope } from '../context/call-scope.ts';
import type { ActiveRun } from '../context/run-resources.ts';
import type { Frame } from '../frame.ts';
import type { TimeLimit } from '../time-limit.ts';
import { fitsVariable, passedEnvironment } from '../workspace/environment.ts';
import type { StepScratch } from '../workspace/scratch.ts';
import { findFolder } from '../workspace/workdir.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** A step that runs as one process. */
export interface StepTask {
  readonly planned: PlannedRun;
  readonly frame: Frame;
  readonly run: ActiveRun;
  readonly scope: CallScope;
}

/** One attempt of a step, and what it works with. */
export interface StepWork extends StepTask {
  readonly limit: TimeLimit;
  readonly scratch: StepScratch;
  readonly workspace: Workspace;
}

/** Where a step's process runs on the host, and its variables but for those of its secrets and its script. */
export interface StepEnvironment {
  readonly cwd: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** @throws EvaluationError */
export function environmentOf(work: StepWork): StepEnvironment | { readonly fault: string } {
  const { planned, frame, scope, workspace } = work;
  const { step } = planned;
  const { plan, hostEnv, callerEnv } = work.run.input;
  const own = { ...frame.variables(), ...frame.render(step.env, frame.variables()) };
  const folder = findFolder(workspace.root, step.workdir ? renderText(step.workdir, frame.scope(own)) : '.');
  // It may quote an argument.
  if ('fault' in folder) return { fault: scope.redactor.text(folder.fault) };
  const item = itemVariables(frame);
  if (!Object.entries(item).every(([name, value]) => fitsVariable(name, value)))
    return { fault: 'the item is larger than a variable can be' };
  const variables = {
    // An image has its own.
    ...(planned.executor === 'container' ? {} : hostEnv),
    ...passedEnvironment(callerEnv, planned.passed),
    ...importGuard(planned.shell, workspace.sealed),
    // A tool's own variables win.
    ...Object.fromEntries(plan.agent?.env ?? []),
    ...own,
    ...inputVariables(work),
    ...item,
  };
  return { cwd: folder.path, variables };
}

function itemVariables({ each }: Frame): Record<string, string> {
  if (each === undefined) return {};
  const [item, index] = ITEM_VARIABLES;
  return { [item]: asText(each.item), [index]: String(each.index) };
}

/** Every declared argument has its variable; one that was not given is empty (and absent from $LOCKSTEP_INPUT). */
function inputVariables({ planned, frame: { tool, args }, run }: StepWork): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of tool.args.keys()) {
    const [variable, text] = [inputVariable(name), asText(args[name] ?? null)];
    if (fitsVariable(variable, text)) variables[variable] = text;
    else
      void run.resources.emit({
        type: 'notice',
        step: planned.stepPath,
        message: `the argument "${name}" is larger than a variable can be: $${variable} is not set, $LOCKSTEP_INPUT holds it`,
      });
  }
  return variables;
}
