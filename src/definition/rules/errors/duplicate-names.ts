import { type Problem, problem } from '../../../text/problem.ts';
import type { Catalog } from '../../model/catalog.ts';
import type { Named, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** Names of tools, agents, and steps within a tool are unique; for steps, case does not count, as in expressions. */
export const duplicateNames: Rule = {
  name: 'duplicate-names',
  visitor: ({ catalog }) => ({ tool: duplicateSteps, end: () => catalog.duplicates.map(duplicateOf) }),
};

/** The problem of two definitions with one name: neither can run. */
export function duplicateOf({ first, again }: Catalog['duplicates'][number]): Problem {
  return duplicate(again.kind, again, first);
}

function duplicateSteps({ steps }: Tool): Problem[] {
  const seen = new Map<string, Named>();
  return steps.flatMap(({ id, at }) => {
    const first = seen.get(id.toLowerCase());
    if (first !== undefined) return [duplicate('step', { name: id, at }, first)];
    seen.set(id.toLowerCase(), { name: id, at });
    return [];
  });
}

function duplicate(what: string, again: Named, first: Named): Problem {
  return problem(
    'reference/duplicate-name',
    `there is already ${what === 'agent' ? 'an' : 'a'} ${what} named "${first.name}"`,
    {
      at: again.at,
      hint: 'rename one of the two',
      related: [{ message: 'the other one is here', at: first.at }],
    },
  );
}
