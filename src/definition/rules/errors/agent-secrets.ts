import { ITEM_VARIABLES } from '../../../names.ts';
import { type Problem, problem, type Related } from '../../../text/problem.ts';
import { placeOf } from '../../expressions/template.ts';
import { agentRequests, secretsOf } from '../../model/requests.ts';
import { type Agent, isRun, type RunStep, type SecretRequest, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';
import { requestProblems } from './variables.ts';

/** A secret that an agent requests for a tool must not use a variable that the tool uses for something else. */
export const agentSecrets: Rule = {
  name: 'agent-secrets',
  visitor: ({ catalog: { tools } }) => ({
    agent: (agent) => [...tools.values()].flatMap((tool) => agentSecretProblems(agent, tool)),
  }),
};

/**
 * The problems of one tool that the agent calls. The plan reports the same for the tool that it starts
 * (plan/agent-problems.ts).
 */
export function agentSecretProblems(agent: Agent, tool: Tool): Problem[] {
  const requests = agentRequests(agent, tool);
  return [
    ...requestProblems(requests),
    ...requests.flatMap((request) => {
      const other = agent.variables.find(({ name }) => name === request.variable);
      if (other !== undefined)
        return [sameVariableProblem(request, 'the `env:` of the agent sets it', { message: 'here', at: other.at })];
      const taken = tool.steps.filter(isRun).flatMap((step) => takenBy(request, tool, step));
      return taken.slice(0, 1);
    }),
  ];
}

function takenBy(request: SecretRequest, tool: Tool, step: RunStep): Problem[] {
  const { name, variable } = request;
  const own = secretsOf(tool, step).find((one) => one.variable === variable);
  if (own !== undefined && own.name !== name)
    return [
      sameVariableProblem(
        request,
        `${tool.name} asks for ${own.name} ${variable === '' ? 'there' : 'under that name'}`,
        {
          message: 'the tool asks for it here',
          at: own.at,
        },
      ),
    ];
  const plain = step.env.get(variable) ?? tool.env.get(variable);
  if (plain !== undefined)
    return [
      sameVariableProblem(request, `${tool.name} sets it in \`env:\``, {
        message: 'the tool sets it here',
        at: placeOf(plain),
      }),
    ];
  if (step.forEach !== undefined && ITEM_VARIABLES.some((one) => one === variable))
    return [
      sameVariableProblem(request, `\`forEach\` of ${tool.name} sets it`, { message: 'the step is here', at: step.at }),
    ];
  return [];
}

function sameVariableProblem({ name, variable, at }: SecretRequest, why: string, related: Related): Problem {
  const what = variable === '' ? 'on standard input' : `as $${variable}`;
  return problem('reference/variable', `the agent asks for ${name} ${what}, and ${why}`, {
    at,
    hint: `remove one of the two, or give this one ${variable === '' ? '`as: file`' : 'another `env:`'}`,
    related: [related],
  });
}
