import { hasErrors, type Problem, problem } from '../../../text/problem.ts';
import { agentToolFor } from '../../model/agent-tools.ts';
import { requestsOf, requestsThrough } from '../../model/requests.ts';
import type { Agent, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** An entry that lets nothing through misleads its readers, and a ceiling higher than needed stays unnoticed. */
export const unusedCeilings: Rule = {
  name: 'unused-ceilings',
  visitor: ({ catalog: { tools, problems } }) =>
    // Where files are broken, the requests are not all known.
    hasErrors(problems) ? {} : { agent: (agent) => unused(agent, tools) },
};

/** One problem for an agent, at the first of its secrets that no step gets through it. */
function unused(agent: Agent, tools: ReadonlyMap<string, Tool>): Problem[] {
  const own = [...tools.values()].filter((tool) => agentToolFor(agent, tool.name) !== null);
  const requests = own.flatMap((tool) => [...requestsOf(tool, tools), ...requestsThrough(agent, tool)]);
  const requested = new Set(requests.map(({ name }) => name));
  const idle = agent.secrets.filter(({ name }) => !requested.has(name));
  const [first] = idle;
  if (first === undefined) return [];
  const names = [...new Set(idle.map(({ name }) => name))].join(', ');
  return [
    problem(
      'secret/unused-ceiling',
      `no step gets ${names} through ${agent.name}: nothing asks for ${idle.length === 1 ? 'it' : 'them'}`,
      {
        at: first.at,
        severity: 'warning',
        hint: `let the agent ask for its tools: {name: ${first.name}, tools: [TOOL]}; or list it under \`secrets:\` of a tool; or remove it here`,
      },
    ),
  ];
}
