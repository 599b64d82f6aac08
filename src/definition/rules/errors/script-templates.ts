import { inputVariable } from '../../../names.ts';
import { type Location, type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { secretsOf } from '../../model/requests.ts';
import type { RunStep, SecretRequest, Tool } from '../../model/tool.ts';
import { argumentsOf, MOST_REFUSED } from '../../scripts/template/template.ts';
import type { Rule } from '../rule.ts';

/** `{{ }}` puts only arguments into a script; a secret, or a private argument, never becomes part of a text. */
export const scriptTemplates: Rule = {
  name: 'script-templates',
  visitor({ catalog }) {
    const agents = [...catalog.agents.values()];
    return { run: (step, tool) => scriptTemplateProblems(tool, step, secretsOf(tool, step, agents)) };
  },
};

function scriptTemplateProblems(tool: Tool, step: RunStep, secrets: readonly SecretRequest[]): Problem[] {
  const wrong = argumentsOf(step.template?.parts ?? []).filter(({ name }) => tool.args.get(name)?.sensitive !== false);
  return wrong
    .slice(0, MOST_REFUSED)
    .map(({ name, at }) => (tool.args.has(name) ? sensitive(name, at()) : unknown(tool, secrets, name, at())));
}

function unknown(tool: Tool, secrets: readonly SecretRequest[], name: string, at: Location): Problem {
  const secret = secrets.find((request) => request.name === name || request.variable === name);
  if (secret !== undefined)
    return problem('expression/template', `{{ .${name} }} would put the secret ${secret.name} into the script`, {
      at,
      hint: `use the variable instead: "$${secret.variable}"`,
    });
  const names = [...tool.args.keys()];
  return problem('expression/template', `{{ .${name} }} names no argument of ${tool.name}`, {
    at,
    hint:
      didYouMean(name, names) ??
      (names.length > 0 ? `its arguments are: ${names.join(', ')}` : 'declare it under `args:`'),
  });
}

function sensitive(name: string, at: Location): Problem {
  return problem('expression/template', `{{ .${name} }} would put a sensitive argument into the script`, {
    at,
    hint: `use the variable instead: "$${inputVariable(name)}"`,
  });
}
