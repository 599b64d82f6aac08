import { type Assignments, plainVariable } from '../programs/assignments.ts';
import { isPlainArgument } from '../programs/plain-argument.ts';
import { cookedText } from '../syntax/cooked-text.ts';
import type { ShellTree, Word } from '../syntax/shell-tree.ts';
import type { Limit, Limited } from '../template/limits.ts';
import { ANY_FILE, ANY_VARIABLE, SOME_FILE, SOME_VARIABLE, SUBSTITUTED } from './cells.ts';
import { ChangedValues } from './changed-values.ts';
import type { Flow, Start } from './flow.ts';
import type { FlowGraph } from './flow-graph.ts';
import type { FlowReader } from './shell-flow.ts';

/** A limit of a hole, from a place that its value reaches. */
export interface FlowLimit extends Limited {
  /** The cell that brings it there; absent where the hole stands there itself. */
  readonly by?: string;
}

export interface LimitOptions {
  /** Whether it holds for holes that stand there themselves, too. */
  readonly direct?: boolean;
}

/** Collects what values have to be because of where they get to. */
export class FlowLimits {
  readonly #tree: ShellTree;
  readonly #graph: FlowGraph;
  readonly #limits = new Map<number, FlowLimit[]>();
  readonly #assignments: Assignments;
  readonly #changed: ChangedValues;

  constructor(reader: FlowReader, graph: FlowGraph) {
    const { tree, assignments } = reader;
    this.#changed = new ChangedValues(reader, graph);
    this.#tree = tree;
    this.#graph = graph;
    this.#assignments = assignments;
  }

  of(hole: number): readonly FlowLimit[] {
    return this.#limits.get(hole) ?? [];
  }

  entries(): Iterable<[number, readonly FlowLimit[]]> {
    return this.#limits;
  }

  give(hole: number, given: FlowLimit): void {
    const limit = { ...given, limit: this.#limitOf(hole, given) };
    const known = this.#limits.get(hole) ?? [];
    // One reason is enough of each kind.
    const isDirect = limit.by === undefined;
    if (known.some((one) => one.limit === limit.limit && (one.by === undefined) === isDirect)) return;
    this.#limits.set(hole, [...known, limit]);
  }

  /** The signs of a value that is changed on its way are not those that arrive. */
  #limitOf(hole: number, { limit, by }: FlowLimit): Limit {
    if (by === undefined || /^(?:never|integer|json)/.test(limit)) return limit;
    if (this.#changed.decoded.has(hole) && limit !== 'no-option') return 'integer';
    return limit === 'no-inner-option' && this.#changed.translated.has(hole) ? 'no-made-option' : limit;
  }

  limit(flow: Flow, limit: Limit, because: string, { direct = true }: LimitOptions = {}): void {
    // A text that is parsed again is safe only as an argument there, which a hole by itself is not known to be.
    if (direct)
      for (const hole of flow.holes) this.give(hole, { limit: limit === 'shell-word' ? 'integer' : limit, because });
    for (const cell of flow.cells)
      for (const hole of this.#graph.values.of(cell)) {
        const own = limit === 'shell-word' && !this.isArgumentIn(cell, hole) ? 'integer' : limit;
        this.give(hole, { limit: own, because: `${because}${wayOf(cell)}`, by: cell });
      }
  }

  /** A word that begins with it must not be an option. */
  limitStart({ whole, part }: Start, because: string): void {
    for (const hole of whole.holes) this.give(hole, { limit: 'no-option', because });
    for (const cell of whole.cells) {
      const way = { because: `${because}${wayOf(cell)}`, by: cell };
      for (const hole of this.#graph.starts.of(cell)) this.give(hole, { limit: 'no-option', ...way });
      for (const hole of this.#graph.parts.of(cell)) this.give(hole, { limit: 'no-inner-option', ...way });
    }
    for (const cell of part.cells)
      for (const hole of this.#graph.values.of(cell))
        this.give(hole, { limit: 'no-inner-option', because: `${because}${wayOf(cell)}`, by: cell });
  }

  /** Whether a hole is no more than an argument, wherever the variable that holds it is parsed as a script. */
  isArgumentIn(cell: string, hole: number): boolean {
    const values = this.#assignments.wordsOf(cell.slice(1));
    return (
      cell.startsWith('$') &&
      values.length > 0 &&
      values.every((word) => word !== undefined && this.#isArgument(word, hole))
    );
  }

  #isArgument(word: Word, hole: number): boolean {
    const { marker } = this.#tree;
    const text = cookedText(word, (part) => {
      const name = plainVariable(part);
      if (name === undefined) return undefined;
      return this.#graph.values.of(`$${name}`).has(hole) ? marker.of(hole) : '1';
    });
    return text !== undefined && (!text.includes(marker.of(hole)) || isPlainArgument(text, marker, hole));
  }
}

/** Completes "because ...": how a cell brings it there. */
export function wayOf(cell: string): string {
  const name = cell.slice(1);
  if (cell === SOME_VARIABLE || cell === ANY_VARIABLE) return ', by a variable whose name is computed';
  if (cell.startsWith(SOME_FILE) || cell === ANY_FILE) return ', by a file whose name is computed';
  if (cell.startsWith('$')) return `, by the variable ${name}`;
  if (cell.startsWith('@')) return name === '' ? ', by an argument of the script' : `, by an argument of ${name}`;
  if (cell.startsWith(SUBSTITUTED)) return ', by what a command prints';
  if (cell.startsWith('>')) return `, by what ${name} prints`;
  if (cell.startsWith('/')) return `, by the file ${name}`;
  return ', by a pipe';
}
