import { constantText, cookedText } from './cooked-text.ts';
import type { FlowGraph } from './flow-graph.ts';
import type { Limit, Limited } from './limits.ts';
import { isPlainArgument } from './plain-argument.ts';
import type { Flow } from './shell-flow.ts';
import type { ShellTree, SyntaxNode, Word } from './shell-tree.ts';

/** A limit of a hole, from a place that its value reaches. */
export interface FlowLimit extends Limited {
  /** The cell that brings it there; absent where the hole stands there itself. */
  readonly by?: string;
}

export interface LimitOptions {
  /** Whether it holds for holes that stand there themselves, too. */
  readonly direct?: boolean;
  /** Only for what a value begins with. */
  readonly starts?: boolean;
}

/** Collects what values have to be because of where they get to. */
export class FlowLimits {
  readonly #tree: ShellTree;
  readonly #graph: FlowGraph;
  readonly #limits = new Map<number, FlowLimit[]>();
  readonly #assigned = new Map<string, (Word | undefined)[]>();

  constructor(tree: ShellTree, graph: FlowGraph) {
    this.#tree = tree;
    this.#graph = graph;
    for (const node of tree.nodes) {
      if (node.type !== 'Assignment') continue;
      const word = node.value.type === 'Word' && node.append !== true ? node.value : undefined;
      this.#assigned.set(node.name, [...(this.#assigned.get(node.name) ?? []).slice(-20), word]);
    }
  }

  of(hole: number): readonly FlowLimit[] {
    return this.#limits.get(hole) ?? [];
  }

  entries(): Iterable<[number, readonly FlowLimit[]]> {
    return this.#limits;
  }

  give(hole: number, limit: FlowLimit): void {
    const known = this.#limits.get(hole) ?? [];
    if (known.some((one) => one.limit === limit.limit && one.by === limit.by)) return;
    this.#limits.set(hole, [...known, limit]);
  }

  limit(flow: Flow, limit: Limit, because: string, { direct = true, starts = false }: LimitOptions = {}): void {
    // A text that is parsed again is safe only as an argument there, which a hole by itself is not known to be.
    if (direct)
      for (const hole of flow.holes) this.give(hole, { limit: limit === 'shell-word' ? 'integer' : limit, because });
    for (const cell of flow.cells)
      for (const hole of (starts ? this.#graph.starts : this.#graph.values).of(cell)) {
        const own = limit === 'shell-word' && !this.isArgumentIn(cell, hole) ? 'integer' : limit;
        this.give(hole, { limit: own, because: `${because}${wayOf(cell)}`, by: cell });
      }
  }

  /** Whether a hole is no more than an argument, wherever the variable that holds it is parsed as a script. */
  isArgumentIn(cell: string, hole: number): boolean {
    const values = this.#assigned.get(cell.slice(1)) ?? [];
    return (
      cell.startsWith('$') &&
      values.length > 0 &&
      values.every((word) => word !== undefined && this.#isArgument(word, hole))
    );
  }

  /** What a word that is one variable may be, of the texts that are assigned to it without a change by the shell. */
  constantsOf({ parts = [] }: Word): readonly string[] {
    const [part, ...others] = parts;
    const [only, ...more] = part?.type === 'DoubleQuoted' ? part.parts : [part];
    const isOne = others.length === 0 && more.length === 0;
    const words = this.#assigned.get((isOne && only && plainVariable(only)) || '') ?? [];
    return words.flatMap((word) => (word === undefined ? [] : (constantText(word) ?? [])));
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

function plainVariable(part: SyntaxNode): string | undefined {
  if (part.type === 'SimpleExpansion') return part.text.slice(1);
  if (part.type !== 'ParameterExpansion') return undefined;
  return part.operation === undefined && part.index === undefined && part.prefix === undefined
    ? part.parameter
    : undefined;
}

function wayOf(cell: string): string {
  const name = cell.slice(1);
  if (cell.startsWith('$')) return `, by the variable ${name}`;
  if (cell.startsWith('@')) return name === '' ? ', by an argument of the script' : `, by an argument of ${name}`;
  if (cell.startsWith('>')) return `, by what ${name} prints`;
  if (cell.startsWith('/')) return `, by the file ${name}`;
  return ', by a pipe';
}
