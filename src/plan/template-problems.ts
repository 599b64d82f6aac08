import { fillScript } from '../definition/scripts/script-filler.ts';
import { scriptLanguage } from '../definition/scripts/template/script-language.ts';
import { type Problem, problem } from '../text/problem.ts';
import type { ResolvedArguments } from './arguments.ts';
import type { PlannedCall } from './plan.ts';

/** Checks only the tool's own scripts: the values for called tools are known only in the run, which checks them. */
export function templateProblems(
  { tool, steps }: PlannedCall,
  { values, missing, refused }: ResolvedArguments,
): Problem[] {
  return steps.flatMap((planned) => {
    if ('call' in planned || planned.condition === 'skipped' || planned.step.template === undefined) return [];
    const language = scriptLanguage(planned.shell);
    const filled = fillScript({ template: planned.step.template, language, values, args: tool.args });
    if ('script' in filled) return [];
    return filled.faults
      .filter(({ argument }) => !missing.includes(argument) && !refused.includes(argument))
      .map(({ argument, fault, line, wayOut, at }) =>
        problem(
          'args/template',
          `the argument "${argument}" of ${tool.name} ${fault} (line ${line} of the script of the step "${planned.step.id}")`,
          { at: at(), hint: wayOut, argument },
        ),
      );
  });
}
