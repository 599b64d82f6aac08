import { type Command, forEachChild, type ParsedScript, parse, type SyntaxNode, type Word } from 'unbash';
import type { HoleSpot, Marker } from '../template/marker.ts';

export type {
  Assignment,
  Command,
  CommandArgument,
  HereDoc,
  HereDocBody,
  ParameterExpansionPart,
  Redirection,
  SyntaxNode,
  Word,
} from 'unbash';
export { forEachChild };

/** The limit for a script, some 400 kB. A longer one is refused: to follow its values would take too long. */
const MOST_NODES = 200_000;

/** A shell script as bash reads it: a syntax tree whose nodes know their parents and the holes that they hold. Linear. */
export class ShellTree {
  readonly text: string;
  readonly marker: Marker;
  /** Parents before their children, in the order of the script. */
  readonly nodes: SyntaxNode[] = [];
  readonly #parents = new Map<SyntaxNode, SyntaxNode>();
  /** Sources of what stands between escaped backticks, which the parser decodes: positions there count in them. */
  readonly #decoded = new Map<SyntaxNode, string>();
  readonly #holes = new Map<string, readonly HoleSpot[]>();
  /** The smallest of these nodes that holds a hole. */
  readonly #leaves = new Map<number, SyntaxNode>();
  readonly #childless = new Set<SyntaxNode>();
  readonly #texts: SyntaxNode[] = [];
  #sortedTexts: readonly SyntaxNode[] | undefined;
  #fault: string | undefined;

  constructor(text: string, marker: Marker) {
    this.text = text;
    this.marker = marker;
    this.#walk(parse(text), text);
  }

  /** Whether a text is a shell script without faults. */
  static reads(text: string): boolean {
    return (parse(text).errors ?? []).length === 0;
  }

  /** Why the script cannot be read; nothing else here is certain then. */
  get fault(): string | undefined {
    return this.#fault;
  }

  parent(node: SyntaxNode): SyntaxNode | undefined {
    return this.#parents.get(node);
  }

  /** The node itself first. */
  *upward(node: SyntaxNode | undefined): Generator<SyntaxNode> {
    for (let at = node; at !== undefined; at = this.#parents.get(at)) yield at;
  }

  /** The node itself first. */
  within(node: SyntaxNode): SyntaxNode[] {
    const found: SyntaxNode[] = [node];
    // A list that grows is read to its end.
    for (const one of found)
      forEachChild(one, (child) => {
        found.push(child);
      });
    return found;
  }

  leafOf(hole: number): SyntaxNode | undefined {
    return this.#leaves.get(hole);
  }

  isChildless(node: SyntaxNode): boolean {
    return this.#childless.has(node);
  }

  /** Whether an offset lies in a word, a quoted text or a document, and not in what is between them. */
  isInText(offset: number): boolean {
    this.#sortedTexts ??= this.#texts.sort((a, b) => a.pos - b.pos);
    let low = 0;
    let high = this.#sortedTexts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sortedTexts[middle]?.pos ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return offset < (this.#sortedTexts[low - 1]?.end ?? 0);
  }

  isDecoded(node: SyntaxNode): boolean {
    return this.#decoded.has(node);
  }

  textOf(node: SyntaxNode): string {
    return this.#sourceOf(node).slice(node.pos, node.end);
  }

  holesIn(node: SyntaxNode): readonly HoleSpot[] {
    const all = this.#holesOf(this.#sourceOf(node));
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle]?.start ?? 0) < node.pos) low = middle + 1;
      else high = middle;
    }
    const found: HoleSpot[] = [];
    for (let spot = all[low]; spot !== undefined && spot.end <= node.end; spot = all[++low]) found.push(spot);
    return found;
  }

  /** The text of a word that no expansion and no hole changes. */
  literal(word: SyntaxNode | undefined): string | undefined {
    if (word?.type !== 'Word' || this.marker.isIn(word.text)) return undefined;
    return isConstant(word) ? word.value : undefined;
  }

  #sourceOf(node: SyntaxNode): string {
    return this.#decoded.get(node) ?? this.text;
  }

  #holesOf(source: string): readonly HoleSpot[] {
    const known = this.#holes.get(source);
    if (known !== undefined) return known;
    const found = this.marker.findAll(source);
    this.#holes.set(source, found);
    return found;
  }

  #walk(node: SyntaxNode, source: string): void {
    if (this.nodes.length >= MOST_NODES) this.#fault ??= 'it is too long to be read as a whole';
    if (this.#fault !== undefined) return;
    const own = node.type === 'Script' && node.source !== undefined ? node.source : source;
    this.#fault = parseFault(node, own);
    if (node.type === 'Command') unwrap(node);
    this.nodes.push(node);
    if (own !== this.text) this.#decoded.set(node, own);
    if (LEAVES.has(node.type)) this.#keepLeaf(node);
    let hasChildren = false;
    forEachChild(node, (child) => {
      hasChildren = true;
      this.#parents.set(child, node);
      this.#walk(child, own);
    });
    if (!hasChildren) this.#childless.add(node);
    if (!hasChildren && own === this.text && LEAVES.has(node.type)) this.#texts.push(node);
  }

  /** By size, not by depth: a block that begins on the line of a here-document spans the document's body. */
  #keepLeaf(node: SyntaxNode): void {
    for (const { hole } of this.holesIn(node)) {
      const known = this.#leaves.get(hole);
      if (known === undefined || node.end - node.pos <= known.end - known.pos) this.#leaves.set(hole, node);
    }
  }
}

/** Nodes that hold text of the script themselves. */
const LEAVES: ReadonlySet<string> = new Set([
  'Word',
  'Literal',
  'SingleQuoted',
  'DoubleQuoted',
  'LocaleString',
  'AnsiCQuoted',
  'SimpleExpansion',
  'ParameterExpansion',
  'HereDocBody',
  'HereDocDelimiter',
  'ArithmeticWord',
  'BraceExpansion',
  'ExtendedGlob',
  'Glob',
  'Assignment',
  'FileDescriptorVariable',
]);

/** `command eval x` and `builtin eval x` run what `eval x` runs: the node becomes that command. */
function unwrap(command: Command): void {
  while (/^(?:command|builtin)$/.test(command.name?.text ?? '')) {
    const at = command.suffix.findIndex((one) => one.type === 'Word' && one.text !== '-p' && one.text !== '--');
    const name = command.suffix[at];
    // `command -v x` names a program and runs none.
    if (name?.type !== 'Word' || name.text.startsWith('-')) return;
    const suffix = command.suffix.filter((one, index) => index > at || (one.type !== 'Word' && index !== at));
    Object.assign(command, { name, suffix });
  }
}

function parseFault(node: SyntaxNode, source: string): string | undefined {
  if (node.type === 'HereDoc' && node.closing === undefined) return 'a here-document is never closed';
  const [error] = node.type === 'Script' ? ((node satisfies ParsedScript).errors ?? []) : [];
  if (error === undefined) return undefined;
  return `${error.message} (line ${source.slice(0, error.pos).split('\n').length} of it)`;
}

function isConstant(word: Word): boolean {
  return (word.parts ?? []).every(
    (part) =>
      part.type === 'Literal' ||
      part.type === 'SingleQuoted' ||
      (part.type === 'DoubleQuoted' && part.parts.every((one) => one.type === 'Literal')),
  );
}
