import { isDangerousVariable, isReservedVariable } from '../../../names.ts';
import { type Problem, problem } from '../../../text/problem.ts';
import { isPlainText, placeOf, type Template } from '../../expressions/template.ts';
import { isRun, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * A variable such as BASH_ENV or PATH decides which code runs. A tool may set one to a fixed text, which its digest
 * covers; an agent may not set one, and no argument or output may choose its value.
 */
export const codeVariables: Rule = {
  name: 'code-variables',
  visitor: () => ({
    agent: ({ variables }) =>
      variables.filter(({ name }) => runsCode(name)).map(({ name, at }) => refusal(name, 'an agent sets it', at)),
    tool: (tool) =>
      environment(tool)
        .filter(([, value]) => !isPlainText(value))
        .map(([name, value]) => refusal(name, 'an expression chooses its value', placeOf(value))),
  }),
};

export const writtenCodeVariables: Rule = {
  name: 'written-code-variables',
  visitor: () => ({
    tool: (tool) =>
      environment(tool)
        .filter(([, value]) => isPlainText(value))
        .map(([name, value]) =>
          problem('style/code-variable', `$${name} decides which code the step runs`, {
            at: placeOf(value),
            severity: 'warning',
            hint: 'remove it, name programs by their absolute paths, and list those of the repository under `files:`',
          }),
        ),
  }),
};

function refusal(name: string, why: string, at: Problem['at']): Problem {
  return problem('reference/variable', `$${name} decides which code a step runs, and ${why}`, {
    at,
    hint: 'let the tool set it to a text in its own `env:`, or choose another name',
  });
}

/** The variables of a tool and its steps that run or redirect code. */
function environment(tool: Tool): (readonly [string, Template])[] {
  const all = [tool.env, ...tool.steps.filter(isRun).map((step) => step.env)];
  return all.flatMap((env) => [...env].filter(([name]) => runsCode(name)));
}

/** Programs read these names in exactly this case, except the names of proxies. */
function runsCode(name: string): boolean {
  const isSpelled = name === name.toUpperCase() || /_proxy$/i.test(name);
  return isSpelled && isDangerousVariable(name) && !isReservedVariable(name);
}
