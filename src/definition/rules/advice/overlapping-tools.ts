import { problem } from '../../../text/problem.ts';
import { entriesFor } from '../../model/agent-tools.ts';
import type { Rule } from '../rule.ts';

/** Two entries of an agent that match one tool and differ in approval: the stricter applies. */
export const overlappingTools: Rule = {
  name: 'overlapping-tools',
  visitor: ({ catalog }) => ({
    agent: (agent) =>
      [...catalog.tools.keys()].flatMap((tool) => {
        const entries = entriesFor(agent, tool);
        const strict = entries.find(({ approve }) => approve === 'always');
        const lax = entries.find(({ approve }) => approve === 'never');
        if (strict === undefined || lax === undefined) return [];
        return [
          problem('style/overlapping-tools', `"${lax.pattern}" and "${strict.pattern}" both match ${tool}`, {
            at: lax.at,
            severity: 'warning',
            hint: `a person is asked before each call of ${tool}, as the stricter entry says; let one entry match it`,
            related: [{ message: 'the stricter entry is here', at: strict.at }],
          }),
        ];
      }),
  }),
};
