import { Graph, layout } from '@dagrejs/dagre';

/** A box of a graph, and what it comes after. */
export interface GraphNode {
  readonly id: string;
  readonly needs: readonly string[];
}

export interface Placed {
  readonly id: string;
  /** The upper left corner. */
  readonly x: number;
  readonly y: number;
}

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly Placed[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly path: string }[];
}

export const NODE_HEIGHT = 46;
/** Room for outlines. */
const MARGIN = 2;

/** Layers from left to right; all boxes have one size. */
export function draw(nodes: readonly GraphNode[], boxWidth: number): Drawing {
  const graph = new Graph();
  graph.setGraph({ rankdir: 'LR', nodesep: 10, ranksep: 26, edgesep: 8, marginx: MARGIN, marginy: MARGIN });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(nodes.map(({ id }) => id));
  for (const { id } of nodes) graph.setNode(id, { width: boxWidth, height: NODE_HEIGHT });
  for (const { id, needs } of nodes) for (const need of needs) if (known.has(need)) graph.setEdge(need, id);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  const placeOf = (id: string): Point => {
    const { x = 0, y = 0 } = graph.node(id) as Partial<Point>;
    return { x, y };
  };
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: nodes.map(({ id }) => {
      const { x, y } = placeOf(id);
      return { id, x: Math.round(x - boxWidth / 2), y: Math.round(y - NODE_HEIGHT / 2) };
    }),
    edges: graph.edges().map((edge) => {
      const { points = [] } = graph.edge(edge) as { points?: readonly Point[] };
      const [from, to] = [placeOf(edge.v), placeOf(edge.w)];
      // The points beside the boxes would bend it twice: what it has to pass lies in the layers between.
      const around = points.slice(2, -2);
      const ends = [{ ...from, x: from.x + boxWidth / 2 }, ...around, { ...to, x: to.x - boxWidth / 2 }];
      return { from: edge.v, to: edge.w, path: curve(ends) };
    }),
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Leaves and arrives level. */
function curve([first, ...rest]: readonly Point[]): string {
  if (first === undefined) return '';
  let path = `M${round(first.x)} ${round(first.y)}`;
  let last = first;
  for (const next of rest) {
    const middle = round((last.x + next.x) / 2);
    path += `C${middle} ${round(last.y)} ${middle} ${round(next.y)} ${round(next.x)} ${round(next.y)}`;
    last = next;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
