import type { Named } from './tool.ts';

export interface Edge {
  readonly from: string;
  readonly to: Named;
}

/** Each edge begins where the previous edge ends, and the first begins where the last ends. */
export type Cycle = readonly [Edge, ...Edge[]];

/** No one reads more than this. */
const MAXIMUM_CYCLES = 20;

/**
 * The edges of every cycle that one walk closes, the closing edge first. A graph with a cycle yields at least one, and
 * each closing edge is first exactly once. Iterative: a chain of 2,000 steps must not fill the stack.
 */
export function findCycles(graph: ReadonlyMap<string, readonly Named[]>): Cycle[] {
  const cycles: Cycle[] = [];
  const done = new Set<string>();
  for (const start of graph.keys()) {
    if (done.has(start)) continue;
    const path: { node: string; next: number; via?: Edge }[] = [{ node: start, next: 0 }];
    const onPath = new Map<string, number>([[start, 0]]);
    for (let top = path.at(-1); top !== undefined && cycles.length < MAXIMUM_CYCLES; top = path.at(-1)) {
      const to = graph.get(top.node)?.[top.next++];
      if (to === undefined) {
        done.add(top.node);
        onPath.delete(top.node);
        path.pop();
        continue;
      }
      const edge = { from: top.node, to };
      const seenAt = onPath.get(to.name);
      if (seenAt !== undefined) cycles.push([edge, ...path.slice(seenAt + 1).flatMap(({ via }) => (via ? [via] : []))]);
      if (seenAt !== undefined || done.has(to.name)) continue;
      onPath.set(to.name, path.length);
      path.push({ node: to.name, next: 0, via: edge });
    }
  }
  return cycles;
}

/** The names along a cycle: `a -> b -> a`. */
export function cycleText(cycle: Cycle): string {
  return [cycle[0].from, ...cycle.map(({ to }) => to.name)].join(' -> ');
}
