/**
 * What a text is made of: holes, and cells that hold values at run time. A cell is a variable (`$name`), the parameters of a
 * function (`@name`), what it prints (`>name`) and reads (`<name`), a file (`/path`), or what comes through a pipe (`|number`).
 */
export class Flow {
  readonly holes = new Set<number>();
  readonly cells = new Set<string>();
  /** Names in its constant texts, for which arithmetic takes variables; behind a "[" where one stands in an index. */
  readonly names = new Set<string>();

  get isEmpty(): boolean {
    return this.holes.size === 0 && this.cells.size === 0;
  }
}

/** What a text begins with. */
export interface Start {
  /** All that these hold. */
  readonly whole: Flow;
  /** Some part of what these hold. */
  readonly part: Flow;
}

/** The script is too entangled to be followed in bounded time. */
export class TooEntangled extends Error {}

export function cellsOf(...cells: readonly string[]): Flow {
  const flow = new Flow();
  for (const cell of cells) flow.cells.add(cell);
  return flow;
}
