import { type Problem, problem } from '../../../text/problem.ts';
import { didYouMean } from '../../../text/suggestion.ts';
import { type Cycle, cycleText, type Edge, findCycles } from '../../model/cycle.ts';
import type { Named, Tool } from '../../model/tool.ts';
import type { Rule } from '../rule.ts';

/** `needs` names steps of the same tool, and no step waits for itself. */
export const stepGraph: Rule = {
  name: 'step-graph',
  visitor: ({ catalog: { schemaInvalid } }) => ({
    tool: (tool) => [...(schemaInvalid.has(tool) ? [] : unknownNeeds(tool)), ...stepCycles(tool)],
  }),
};

function unknownNeeds(tool: Tool): Problem[] {
  const ids = tool.steps.map((step) => step.id);
  return tool.steps.flatMap((step, index) =>
    step.needs
      .filter((need) => !ids.includes(need.name))
      .map((need) =>
        problem('reference/unknown-step', `there is no step "${need.name}" in ${tool.name}`, {
          at: need.at,
          hint: didYouMean(need.name, ids) ?? otherNeeds(ids.slice(0, index)),
        }),
      ),
  );
}

function otherNeeds(above: readonly string[]): string {
  return above.length > 0 ? `the steps above it are: ${above.join(', ')}` : 'remove it: this is the first step';
}

function stepCycles(tool: Tool): Problem[] {
  const edges = new Map<string, readonly Named[]>(tool.steps.map((step) => [step.id, step.needs]));
  // Where two steps have one name, it is unknown which of them `needs` means.
  if (edges.size < tool.steps.length) return [];
  return findCycles(edges).map((found) => {
    const cycle = fromWritten(found, tool);
    const [{ from, to }, ...others] = cycle;
    if (others.length === 0)
      return problem('reference/cycle', `the step "${from}" waits for itself`, {
        at: to.at,
        hint: `remove "${from}" from its own \`needs\``,
      });
    return problem('reference/cycle', `steps wait for each other: ${cycleText(cycle)}`, {
      at: to.at,
      hint: 'remove one of these `needs`',
      related: others.map((edge) => ({ message: `"${edge.from}" waits for "${edge.to.name}"`, at: edge.to.at })),
    });
  });
}

/** The cycle, rotated to begin with a written `needs` instead of one that follows from the order of steps. */
function fromWritten(cycle: Cycle, tool: Tool): Cycle {
  const isWritten = ({ from }: Edge) =>
    tool.steps.some(({ id, keys }) => id === from && keys.some(({ name }) => name === 'needs'));
  const at = cycle.findIndex(isWritten);
  const [first = cycle[0], ...others] = at === -1 ? cycle : [...cycle.slice(at), ...cycle.slice(0, at)];
  return [first, ...others];
}
