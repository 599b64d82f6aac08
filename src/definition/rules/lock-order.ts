import { type Location, type Problem, problem } from '../../text/problem.ts';
import type { CallStep, Named, Step, Tool } from '../tool.ts';
import { type Cycle, cycleText, findCycles } from './cycle.ts';
import type { Rule } from './rule.ts';

/**
 * Whoever holds one lock and waits for another, while somebody holds that one and waits for the first, waits for ever. A step
 * that calls holds its lock over all that it calls, so the order in which locks are taken can be read from the definitions.
 */
export const lockOrder: Rule = {
  name: 'lock-order',
  check({ catalog: { tools } }) {
    const orders = new Map<string, Named[]>();
    for (const tool of tools.values()) {
      for (const step of tool.steps.filter(isCall)) {
        const { lock } = step;
        if (lock === undefined) continue;
        const others = [...locksBelow(step, tools)].filter((other) => other !== lock);
        orders.set(lock, [...(orders.get(lock) ?? []), ...others.map((name) => ({ name, at: placeOf(step) }))]);
      }
    }
    return findCycles(orders).map(fault);
  },
};

function isCall(step: Step): step is CallStep {
  return step.does === 'call';
}

function locksBelow(call: CallStep, tools: ReadonlyMap<string, Tool>): Set<string> {
  const locks = new Set<string>();
  const called = new Set([call.tool.name]);
  for (const name of called) {
    for (const step of tools.get(name)?.steps ?? []) {
      if (step.lock !== undefined) locks.add(step.lock);
      if (isCall(step)) called.add(step.tool.name);
    }
  }
  return locks;
}

function placeOf(step: CallStep): Location {
  return step.keys.find(({ name }) => name === 'lock')?.at ?? step.at;
}

function fault(cycle: Cycle): Problem {
  const [{ from, to }, ...others] = cycle;
  return problem(
    'style/lock-order',
    `runs can wait for each other for ever: locks are taken in a circle, ${cycleText(cycle)}`,
    {
      severity: 'warning',
      at: to.at,
      hint: `nothing below a step that holds "${from}" may take "${to.name}": take locks in one order everywhere, or one lock for both`,
      related: others.map((edge) => ({
        message: `here "${edge.from}" is held, and below it "${edge.to.name}" taken`,
        at: edge.to.at,
      })),
    },
  );
}
