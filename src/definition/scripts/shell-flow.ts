import { baseName, LOCAL_WRAPPER, languageOf, PASSES_ON } from './programs.ts';
import {
  type Command,
  forEachChild,
  type Redirection,
  type ShellTree,
  type SyntaxNode,
  type Word,
} from './shell-tree.ts';

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

/** The script is too entangled to be followed in bounded time. */
export class TooEntangled extends Error {}

const MOST_WORK = 5_000_000;
/** No longer text is thought to be worked out as a number. */
const LONGEST_NUMBER = 1000;
/** Variables that the shell fills from what it has just run. */
const ECHOES = /^(?:_|BASH_COMMAND|BASH_ARGV|BASH_EXECUTION_STRING|REPLY_TO)$/;

/** Reads what values words are made of and what commands print. Variables of one name are one, whatever their scope. */
export class FlowReader {
  readonly tree: ShellTree;
  readonly functions: ReadonlySet<string>;
  /** Constant name of a command -> where it is called. */
  readonly calls: ReadonlyMap<string | undefined, readonly Command[]>;
  /** Commands of pipelines -> the cell of what they read. */
  readonly pipes = new Map<SyntaxNode, string>();
  readonly #takesCode = new Map<string, boolean>();
  #work = 0;

  /** @param prefix of its pipes, where the script is part of another one's graph */
  constructor(tree: ShellTree, prefix = '') {
    this.tree = tree;
    const names = tree.nodes.flatMap((node) => (node.type === 'Function' ? [node.name.text] : []));
    this.functions = new Set(names);
    const commands = tree.nodes.filter((node) => node.type === 'Command');
    this.calls = Map.groupBy(commands, ({ name }) => tree.literal(name));
    let number = 0;
    for (const node of tree.nodes)
      if (node.type === 'Pipeline')
        for (const command of node.commands.slice(1)) this.pipes.set(command, `|${prefix}${number++}`);
  }

  /** What a word, or a part of one, is made of. */
  of(node: SyntaxNode, into = new Flow()): Flow {
    this.#spend();
    switch (node.type) {
      case 'ArithmeticExpansion':
        return into;
      case 'SimpleExpansion':
        into.cells.add(this.#variable(node.text.slice(1), node));
        return into;
      case 'ParameterExpansion':
        if (node.prefix === '#') return into;
        into.cells.add(this.#variable(node.parameter, node));
        break;
      case 'CommandExpansion':
      case 'ArithmeticCommandExpansion':
      case 'ProcessSubstitution':
        return node.script === undefined ? into : this.output(node.script, into);
      default:
    }
    forEachChild(node, (child) => {
      this.of(child, into);
    });
    if (this.tree.isChildless(node) || node.type === 'HereDocBody') {
      for (const { hole } of this.tree.holesIn(node)) into.holes.add(hole);
      for (const name of this.#namesIn(node)) into.names.add(name);
    }
    return into;
  }

  all(nodes: readonly SyntaxNode[], into = new Flow()): Flow {
    for (const node of nodes) this.of(node, into);
    return into;
  }

  /** What commands print, as far as they pass on what they get. */
  output(node: SyntaxNode, into = new Flow()): Flow {
    this.#spend();
    if (node.type === 'Function') return into;
    if (node.type === 'Command') return this.#printed(node, into);
    forEachChild(node, (child) => {
      this.output(child, into);
    });
    return into;
  }

  /** What a command reads on standard input: its own redirection, or what stands around it. */
  input(command: SyntaxNode, into = new Flow()): Flow {
    let below: SyntaxNode | undefined;
    for (const node of this.tree.upward(command)) {
      this.#spend();
      // What is substituted in a word or a redirection of a command does not read that redirection.
      const isRead = node === command || (node.type === 'Redirected' && below === node.command);
      below = node;
      const redirects =
        isRead && (node.type === 'Command' || node.type === 'Redirected') ? node.redirects.filter(isInput) : [];
      for (const redirect of redirects) this.redirected(redirect, into);
      if (redirects.length > 0) return into;
      const pipe = this.pipes.get(node) ?? (node.type === 'Function' ? `<${node.name.text}` : undefined);
      if (pipe === undefined) continue;
      into.cells.add(pipe);
      return into;
    }
    into.cells.add('<');
    return into;
  }

  redirected(redirect: Redirection, into = new Flow()): Flow {
    if (redirect.type === 'HereDoc') return this.of(redirect.body, into);
    if (redirect.target === undefined) return into;
    if (redirect.type === 'HereString') return this.of(redirect.target, into);
    if (!isInput(redirect)) return into;
    into.cells.add(fileCell(redirect.target));
    return this.of(redirect.target, into);
  }

  /** What stands at the beginning of a word. */
  first(word: Word, into = new Flow()): Flow {
    const [first] = word.parts ?? [];
    const marker = this.tree.marker;
    if (first === undefined) return word.text.startsWith(marker.prefix) ? this.of(word, into) : into;
    if (first.type === 'DoubleQuoted' || first.type === 'LocaleString') {
      const [inner] = first.parts;
      if (inner === undefined || (inner.type === 'Literal' && !inner.value.startsWith(marker.prefix))) return into;
      return this.of(inner, into);
    }
    const text = first.type === 'Literal' ? first.text : 'value' in first ? first.value : undefined;
    return text === undefined || text.startsWith(marker.prefix) ? this.of(first, into) : into;
  }

  /** Expansions of a word that stand outside quotes, and so are split by the shell. */
  unquoted(word: Word): Flow {
    const flow = new Flow();
    for (const part of word.parts ?? [])
      if (/^(?:SimpleExpansion|ParameterExpansion|CommandExpansion)$/.test(part.type)) this.of(part, flow);
    return flow;
  }

  /** The cell of `$1`, `$@` and the like at this place. */
  parameters(node: SyntaxNode): string {
    for (const above of this.tree.upward(node)) if (above.type === 'Function') return `@${above.name.text}`;
    return '@';
  }

  /**
   * Whether a caller of the function with these parameters names a program that runs texts, another function, or what nobody
   * can tell. Worked out once for each function.
   */
  mayTakeCode(parameters: string): boolean {
    const known = this.#takesCode.get(parameters);
    if (known !== undefined) return known;
    const calls = this.calls.get(parameters.slice(1)) ?? [];
    const takesCode = parameters === '@' || calls.some((call) => this.#handsOnCode(call));
    this.#takesCode.set(parameters, takesCode);
    return takesCode;
  }

  #handsOnCode({ args }: Command): boolean {
    const words = args.map((arg) => this.tree.literal(arg));
    return (
      words[0] === undefined ||
      words.some((word) => word !== undefined && (languageOf(word) !== undefined || this.functions.has(word)))
    );
  }

  /** The name of the program, behind `sudo`, `env` and the like; undefined where something chooses it. */
  programOf(command: Command): string | undefined {
    const name = this.tree.literal(command.name);
    if (name === undefined) return undefined;
    const own = baseName(name);
    if (!LOCAL_WRAPPER.test(own) && !/^(?:sudo|doas)$/.test(own)) return own;
    if (own === 'xargs') return own;
    const next = command.args.find((arg) => !/^-|^\d+(?:\.\d+)?[smhd]?$/.test(arg.text) && !arg.text.includes('='));
    return next === undefined ? own : baseName(this.tree.literal(next) ?? own);
  }

  #variable(name: string, node: SyntaxNode): string {
    if (/^[\d@*]+$/.test(name)) return this.parameters(node);
    return ECHOES.test(name) ? '$_' : `$${name}`;
  }

  #printed(command: Command, into: Flow): Flow {
    const name = this.tree.literal(command.name);
    const program = this.programOf(command);
    if (program !== undefined && this.functions.has(name ?? '')) {
      into.cells.add(`>${program}`);
      this.all(command.args, into);
    } else if (program === undefined || PASSES_ON.test(program)) {
      this.all(command.args, into);
      for (const arg of command.args) if (arg.type === 'Word') into.cells.add(fileCell(arg));
      this.input(command, into);
    }
    return into;
  }

  #namesIn(node: SyntaxNode): readonly string[] {
    if (!('text' in node) || node.text.length > LONGEST_NUMBER) return [];
    const open = node.text.indexOf('[');
    return [...node.text.matchAll(/[A-Za-z_]\w*/g)].map(({ 0: name, index }) =>
      open !== -1 && index > open ? `[${name}` : name,
    );
  }

  #spend(): void {
    if (++this.#work > MOST_WORK) throw new TooEntangled();
  }
}

export function isInput(redirect: Redirection): boolean {
  return redirect.type !== 'Redirect' || redirect.operator === '<' || redirect.operator === '<>';
}

export function isOutput(redirect: Redirection): boolean {
  return redirect.type === 'Redirect' && /^(?:>|>>|>\||&>|&>>|<>)$/.test(redirect.operator);
}

/** A file by the word that names it, whatever quotes are around it. */
export function fileCell(word: Word): string {
  const name = word.text
    .replace(/["']/g, '')
    .replace(/\$\{(\w+)\}/g, '$$$1')
    .replace(/^(?:\.\/)+/, '');
  return `/${name}`;
}
