import { problem } from '../../text/problem.ts';
import { agentToolFor } from '../agent-tools.ts';
import { requestsOf } from '../tool.ts';
import type { Rule } from './rule.ts';

/** A ceiling higher than anything below it reaches is one that nobody will look at again. */
export const unusedCeilings: Rule = {
  name: 'unused-ceilings',
  check({ catalog: { tools, agents, problems } }) {
    if (problems.length > 0) return [];
    return [...agents.values()].flatMap((agent) => {
      const own = [...tools.values()].filter((tool) => agentToolFor(agent, tool.name) !== null);
      const requested = new Set(own.flatMap((tool) => requestsOf(tool, tools)).map((request) => request.name));
      return agent.secrets
        .filter((secret) => !requested.has(secret.name))
        .map(({ name, at }) =>
          problem('secret/unused-ceiling', `no tool of ${agent.name} asks for ${name}`, {
            at,
            severity: 'warning',
            hint: 'take it from the list: a ceiling grants nothing by itself, and the lowest one is the safest',
          }),
        );
    });
  },
};
