import { isDangerousVariable } from '../../../names.ts';
import { type Problem, problem } from '../../../text/problem.ts';
import { agentRequests } from '../../model/requests.ts';
import type { Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** A variable that runs or redirects code is never passed on, even if it is requested and allowed. */
export const passedVariables: Rule = {
  name: 'passed-variables',
  visitor: () => ({
    tool: ({ passEnv }) =>
      passEnv
        .filter(({ name }) => isDangerousVariable(name))
        .map(({ name, at }) =>
          problem(
            'reference/variable',
            `the variable "${name}" of the caller is never passed on: it can redirect what runs`,
            {
              at,
              hint: 'remove it here; a step that needs it gets a value of your own under `env:`',
            },
          ),
        ),
  }),
};

/** A variable that a tool requests and nothing passes on is unset when the tool runs; this may be intended. */
export const unpassedVariables: Rule = {
  name: 'unpassed-variables',
  visitor({ catalog, repositoryFacts }) {
    if (repositoryFacts === undefined) return {};
    const agents = [...catalog.agents.values()];
    const passed = [...repositoryFacts.passEnv, ...agents.flatMap((agent) => [...agent.env.keys()])];
    return {
      tool(tool) {
        const requested = agents.flatMap((agent) => agentRequests(agent, tool)).map(({ variable }) => variable);
        const given = new Set([...passed, ...requested]);
        return unpassed(
          tool,
          tool.passEnv.map(({ name }) => name).filter((name) => !given.has(name)),
        );
      },
    };
  },
};

/** One problem for a tool, because lockstep.yaml passes all variables in one place. */
function unpassed(tool: Tool, names: readonly string[]): Problem[] {
  const first = tool.passEnv.find(({ name }) => names.includes(name));
  if (first === undefined) return [];
  const variables = names.map((name) => `$${name}`).join(', ');
  return [
    problem(
      'style/unpassed-variable',
      `${tool.name} asks for ${variables} of the caller, and nothing passes ${names.length === 1 ? 'it' : 'them'} on`,
      {
        at: first.at,
        severity: 'warning',
        hint: `passEnv: [${names.join(', ')}] in lockstep.yaml, or \`env:\` of an agent`,
      },
    ),
  ];
}
