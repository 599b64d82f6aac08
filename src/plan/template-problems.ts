import { fillScript } from '../definition/fill-script.ts';
import { inputVariable } from '../names.ts';
import { type Problem, problem } from '../text/problem.ts';
import type { ResolvedArguments } from './arguments.ts';
import type { PlannedCall } from './plan.ts';

/** Of the tool's own scripts: those of called tools get values that only the run knows, and are held against them there. */
export function templateProblems(
  { tool, steps }: PlannedCall,
  { values, missing, refused }: ResolvedArguments,
): Problem[] {
  return steps.flatMap((planned) => {
    if ('call' in planned || planned.condition === 'skipped' || planned.step.template === undefined) return [];
    const filled = fillScript(planned.step.template, values, tool.args);
    if ('script' in filled) return [];
    return filled.faults
      .filter(({ argument }) => !missing.includes(argument) && !refused.includes(argument))
      .map(({ argument, fault, at }) =>
        problem(
          'args/template',
          `the argument "${argument}" cannot be put into the script of ${tool.name}: its value ${fault}`,
          {
            at: at(),
            hint: `use "$${inputVariable(argument)}" there instead, or list ${tool.name} under \`rawTemplates:\` of lockstep.yaml`,
          },
        ),
      );
  });
}
