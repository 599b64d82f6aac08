import { type Problem, problem } from '../../../text/problem.ts';
import { type Cycle, cycleText, findCycles } from '../../model/cycle.ts';
import { placeOfKey } from '../../model/step-reference.ts';
import { callTree, type Named, type Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/**
 * Two runs deadlock when each holds a lock that the other waits for. A step that calls a tool holds its lock during
 * the whole call, so the definitions tell the order in which locks are taken.
 */
export const lockOrder: Rule = {
  name: 'lock-order',
  visitor({ catalog: { tools } }) {
    const orders = new Map<string, Map<string, Named>>();
    const below = new Map<string, ReadonlySet<string>>();
    return {
      call(step) {
        const { lock, tool } = step;
        if (lock === undefined) return [];
        const taken = below.get(tool.name) ?? locksOf(tool.name, tools);
        below.set(tool.name, taken);
        const order = orders.get(lock) ?? new Map<string, Named>();
        orders.set(lock, order);
        const at = placeOfKey(step, 'lock') ?? step.at;
        // The first place with this order is enough.
        for (const name of taken) if (name !== lock && !order.has(name)) order.set(name, { name, at });
        return [];
      },
      end: () =>
        findCycles(new Map([...orders].map(([lock, order]) => [lock, [...order.values()]]))).map(lockOrderProblem),
    };
  },
};

/** The locks that a tool takes, itself and through the tools that it calls. */
function locksOf(name: string, tools: ReadonlyMap<string, Tool>): ReadonlySet<string> {
  const tool = tools.get(name);
  const below = tool === undefined ? [] : callTree(tool, tools).flatMap(({ steps }) => steps);
  return new Set(below.flatMap(({ lock }) => lock ?? []));
}

function lockOrderProblem(cycle: Cycle): Problem {
  const [{ from, to }, ...others] = cycle;
  return problem('style/lock-order', `runs can deadlock: locks are taken in a circle, ${cycleText(cycle)}`, {
    severity: 'warning',
    at: to.at,
    hint: `nothing below a step that holds "${from}" may take "${to.name}": take locks in one order everywhere, or one lock for both`,
    related: others.map((edge) => ({
      message: `here "${edge.from}" is held, and below it "${edge.to.name}" taken`,
      at: edge.to.at,
    })),
  });
}
