import { type Problem, problem } from '../../../text/problem.ts';
import type { RunStep, Tool } from '../../model/tool.ts';
import { surveyStep } from '../../scripts/script-filler.ts';
import { MOST_REFUSED } from '../../scripts/template/template.ts';
import type { Rule } from '../rule.ts';

/** A `{{ }}` that no value of a caller can fill: a run refuses it, and `check` reports it earlier. */
export const unfillableTemplates: Rule = {
  name: 'unfillable-templates',
  visitor: () => ({ run: unfillableProblems }),
};

function unfillableProblems(step: RunStep, tool: Tool): Problem[] {
  const known = surveyStep(tool, step).filter(({ argument }) => tool.args.has(argument));
  return known.slice(0, MOST_REFUSED).map(({ argument, line, because, at }) =>
    problem(
      'expression/template',
      `no value of "${argument}" can be filled in at line ${line} of the script, because ${because}`,
      {
        at: at(),
        severity: tool.args.get(argument)?.required === true ? 'error' : 'warning',
        hint: 'list the values that it may have under `enum:` of the argument, or change the script',
      },
    ),
  );
}
