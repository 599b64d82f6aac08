import type { GraphNode } from './layout.ts';

/** A graph with more boxes is drawn by its layers. */
export const MOST_BOXES = 60;
/** Boxes of a layer that stand alone though it is collapsed. */
const MOST_ALONE = 12;

/** One box for the nodes of a layer that do not stand alone. */
export interface Layer {
  readonly id: string;
  readonly needs: readonly string[];
  readonly members: readonly string[];
}

export interface Collapsed<T extends GraphNode> {
  readonly alone: readonly (Omit<T, 'needs'> & GraphNode)[];
  readonly layers: readonly Layer[];
}

/** Boxes that stand out stay; the rest of each layer becomes one box. */
export function collapse<T extends GraphNode>(nodes: readonly T[], standsOut: (node: T) => boolean): Collapsed<T> {
  const depths = depthsOf(nodes);
  const byLayer = Map.groupBy(nodes, ({ id }) => depths.get(id) ?? 0);
  const boxOf = new Map<string, string>();
  const members = new Map<string, string[]>();
  const alone: T[] = [];
  for (const [depth, layer] of byLayer) {
    const out = new Set(layer.filter(standsOut).slice(0, MOST_ALONE));
    alone.push(...out);
    const name = `layer ${depth + 1}`;
    for (const node of layer) {
      boxOf.set(node.id, out.has(node) ? node.id : name);
      if (!out.has(node)) members.set(name, [...(members.get(name) ?? []), node.id]);
    }
  }
  const needsOf = (ids: readonly T[], self: string) => [
    ...new Set(ids.flatMap(({ needs }) => needs.map((need) => boxOf.get(need) ?? '')).filter((box) => box !== self)),
  ];
  const byBox = Map.groupBy(nodes, ({ id }) => boxOf.get(id) ?? id);
  return {
    alone: alone.map((node) => ({ ...node, needs: needsOf([node], node.id) })),
    layers: [...members].map(([id, ids]) => ({ id, members: ids, needs: needsOf(byBox.get(id) ?? [], id) })),
  };
}

/** How many steps lie before each, on the longest way. */
export function depthsOf(nodes: readonly GraphNode[]): ReadonlyMap<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const depths = new Map<string, number>();
  const depthOf = (id: string): number => {
    const known = depths.get(id);
    if (known !== undefined) return known;
    // What comes back to itself has no depth: checked definitions have no such circles.
    depths.set(id, 0);
    const before = (byId.get(id)?.needs ?? []).filter((need) => byId.has(need)).map(depthOf);
    const depth = before.length === 0 ? 0 : Math.max(...before) + 1;
    depths.set(id, depth);
    return depth;
  };
  for (const { id } of nodes) depthOf(id);
  return depths;
}
