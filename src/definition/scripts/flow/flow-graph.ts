import { ANY_FILE, ANY_VARIABLE } from './cells.ts';
import { type Flow, type Start, TooEntangled } from './flow.ts';
import { isNamed } from './names-in.ts';

const MOST_WORK = 5_000_000;
const NONE: ReadonlySet<string> = new Set();

class Reach<T> {
  /** Only of cells that something reaches. */
  readonly #held = new Map<string, Set<T>>();
  readonly #next = new Map<string, string[]>();
  #outer: Reach<T> | undefined;

  add(to: string, items: ReadonlySet<T>, cells: ReadonlySet<string>): void {
    this.#put(to, items);
    for (const from of cells) {
      const next = this.#next.get(from);
      if (next === undefined) this.#next.set(from, [to]);
      else next.push(to);
    }
  }

  /** Cells that something reaches. */
  get cells(): Iterable<string> {
    return this.#held.keys();
  }

  of(cell: string): ReadonlySet<T> {
    return this.#held.get(cell) ?? this.#outer?.of(cell) ?? new Set();
  }

  /** Forgets all else. */
  keep(isKept: (item: T) => boolean): void {
    for (const [cell, items] of this.#held) {
      for (const item of items) if (!isKept(item)) items.delete(item);
      if (items.size === 0) this.#held.delete(cell);
    }
  }

  settle(outer: Reach<T> | undefined): void {
    if (outer !== undefined)
      for (const cell of this.#next.keys()) if (cell.startsWith('$')) this.#put(cell, outer.of(cell));
    this.#outer = outer;
    const waiting = [...this.#held.keys()];
    let work = 0;
    for (let cell = waiting.pop(); cell !== undefined; cell = waiting.pop()) {
      const items = this.of(cell);
      for (const to of this.#next.get(cell) ?? []) {
        work += items.size + 1;
        if (this.#put(to, items)) waiting.push(to);
      }
      if (work > MOST_WORK) throw new TooEntangled();
    }
  }

  /** @returns whether any of them is new there */
  #put(cell: string, items: ReadonlySet<T>): boolean {
    if (items.size === 0) return false;
    const known = this.#held.get(cell) ?? new Set<T>();
    const before = known.size;
    for (const item of items) known.add(item);
    this.#held.set(cell, known);
    return known.size > before;
  }
}

class HoleReach extends Reach<number> {
  /** Holes of a text: those that stand in it, and those that its cells bring. */
  ofFlow({ holes, cells }: Flow): Set<number> {
    const all = new Set(holes);
    for (const cell of cells) for (const hole of this.of(cell)) all.add(hole);
    return all;
  }
}

/** Which holes reach which cells (see Flow). */
export class FlowGraph {
  /** Whatever a cell holds of a hole. */
  readonly values = new HoleReach();
  /** Holes that stand at the beginning of what it holds. */
  readonly starts = new HoleReach();
  /** Holes of which some part may stand there, as behind a split into words. */
  readonly parts = new HoleReach();
  /** Names of variables that hold a hole's value, where a cell may hold the name itself. */
  readonly names = new Reach<string>();
  /** Cells that begin with some part of what others hold. */
  readonly #named = new Map<string, readonly string[]>();
  #outer: FlowGraph | undefined;
  readonly #partsOf: [to: string, from: ReadonlySet<string>][] = [];

  /** @param start what the value begins with; any part of it where that is not known */
  add(to: string, flow: Flow, { whole, part }: Start = { whole: flow, part: flow }): void {
    this.#put(to, flow, whole, part);
    if (to.startsWith('$')) this.#put(ANY_VARIABLE, flow, whole, part);
    if (to.startsWith('/')) this.#put(ANY_FILE, flow, whole, part);
  }

  #put(to: string, flow: Flow, whole: Flow, part: Flow): void {
    this.values.add(to, flow.holes, flow.cells);
    this.starts.add(to, whole.holes, whole.cells);
    this.parts.add(to, part.holes, whole.cells);
    this.names.add(to, flow.names, flow.cells);
    if (part.cells.size > 0) this.#partsOf.push([to, part.cells]);
  }

  /** The cells of the variables that a name, or a part of one, names: those that hold values. */
  named(name: string): readonly string[] {
    const pattern = name.replace('[', '');
    const known = this.#named.get(pattern) ?? this.#find(pattern);
    this.#named.set(pattern, known);
    return known;
  }

  #find(pattern: string): readonly string[] {
    if (!pattern.includes('*')) return this.values.of(`$${pattern}`).size > 0 ? [`$${pattern}`] : [];
    const own = [...this.values.cells].filter((cell) => cell.startsWith('$') && isNamed(pattern, cell.slice(1)));
    return [...own, ...(this.#outer?.named(pattern) ?? [])];
  }

  /** @param outer of the script around this one, which hands its variables down */
  settle(outer?: FlowGraph): void {
    this.values.settle(outer?.values);
    this.starts.settle(outer?.starts);
    for (const [to, from] of this.#partsOf) for (const cell of from) this.parts.add(to, this.values.of(cell), NONE);
    this.parts.settle(outer?.parts);
    this.#outer = outer;
    this.names.keep((name) => this.named(name).length > 0);
    this.names.settle(outer?.names);
  }
}
