import { type Flow, TooEntangled } from './shell-flow.ts';

const NONE: ReadonlySet<number> = new Set();
const MOST_WORK = 5_000_000;

/** Which holes reach which cells (see Flow). */
export class FlowGraph {
  /** Whatever a cell holds of a hole. */
  readonly values = new Reach();
  /** Holes that stand at the beginning of what it holds. */
  readonly starts = new Reach();

  /** @param start what the value begins with; all of it where that is not known */
  add(to: string, flow: Flow, start: Flow = flow): void {
    this.values.add(to, flow);
    this.starts.add(to, start);
  }

  /** @param outer of the script around this one, which hands its variables down */
  settle(outer?: FlowGraph): void {
    this.values.settle(outer?.values);
    this.starts.settle(outer?.starts);
  }
}

class Reach {
  /** Only of cells that a hole reaches. */
  readonly #holes = new Map<string, Set<number>>();
  readonly #next = new Map<string, string[]>();
  #outer: Reach | undefined;

  add(to: string, { holes, cells }: Flow): void {
    if (holes.size > 0) this.#put(to, holes);
    for (const from of cells) {
      const next = this.#next.get(from);
      if (next === undefined) this.#next.set(from, [to]);
      else next.push(to);
    }
  }

  /** Cells that holes reach. */
  get cells(): Iterable<string> {
    return this.#holes.keys();
  }

  of(cell: string): ReadonlySet<number> {
    return this.#holes.get(cell) ?? this.#outer?.of(cell) ?? NONE;
  }

  /** Holes of a text: those that stand in it, and those that its cells bring. */
  ofFlow({ holes, cells }: Flow): Set<number> {
    const all = new Set(holes);
    for (const cell of cells) for (const hole of this.of(cell)) all.add(hole);
    return all;
  }

  settle(outer: Reach | undefined): void {
    if (outer !== undefined)
      for (const cell of this.#next.keys()) if (cell.startsWith('$')) this.#put(cell, outer.of(cell));
    this.#outer = outer;
    const waiting = [...this.#holes.keys()];
    let work = 0;
    for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
      const holes = this.of(cell);
      for (const to of this.#next.get(cell) ?? []) {
        work += holes.size + 1;
        if (this.#put(to, holes)) waiting.push(to);
      }
      if (work > MOST_WORK) throw new TooEntangled();
    }
  }

  /** @returns whether any of them is new there */
  #put(cell: string, holes: ReadonlySet<number>): boolean {
    if (holes.size === 0) return false;
    const known = this.#holes.get(cell) ?? new Set<number>();
    const before = known.size;
    for (const hole of holes) known.add(hole);
    this.#holes.set(cell, known);
    return known.size > before;
  }
}
