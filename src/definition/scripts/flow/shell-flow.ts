import { Assignments } from '../programs/assignments.ts';
import { CommandNames } from '../programs/command-names.ts';
import { INTERPRETED, languageOf, PASSES_ON, SHOWS_VARIABLES } from '../programs/programs.ts';
import { namesInTexts } from '../programs/text-names.ts';
import {
  type Command,
  forEachChild,
  type Redirection,
  type ShellTree,
  type SyntaxNode,
  type Word,
} from '../syntax/shell-tree.ts';
import { ANY_VARIABLE, EVERYTHING, SOME_VARIABLE, STREAM, SUBSTITUTED } from './cells.ts';
import { changesValue, isIndirect } from './expansions.ts';
import { filesRead, fileWritten } from './files.ts';
import { Flow, type Start, TooEntangled } from './flow.ts';
import { namesIn } from './names-in.ts';
import { feedsInput, isInput } from './redirections.ts';

const MOST_WORK = 2_000_000;
/** No longer text is thought to be worked out as a number. */
const LONGEST_NUMBER = 1000;
/** Variables that the shell fills from what it has just run. */
const ECHOES = /^(?:_|BASH_COMMAND|BASH_ARGV|BASH_EXECUTION_STRING|REPLY_TO)$/;

/** Reads what values words are made of and what commands print. Variables of one name are one, whatever their scope. */
export class FlowReader {
  readonly tree: ShellTree;
  readonly functions: ReadonlySet<string>;
  readonly assignments: Assignments;
  /** Constant name of a command -> where it is called. */
  readonly calls: ReadonlyMap<string | undefined, readonly Command[]>;
  /** Commands of pipelines -> the cell of what they read. */
  readonly pipes = new Map<SyntaxNode, string>();
  readonly names: CommandNames;
  readonly #prefix: string;
  readonly #isHidden: (name: string) => boolean;
  #work = 0;

  /**
   * @param prefix of its pipes, where the script is part of another one's graph
   * @param isHidden whether a command of this name may be a function of another script
   */
  constructor(tree: ShellTree, prefix = '', outer?: FlowReader, isHidden = (_name: string) => false) {
    this.tree = tree;
    this.#prefix = prefix;
    this.assignments = outer?.assignments ?? new Assignments(tree);
    const names = tree.nodes.flatMap((node) => (node.type === 'Function' ? [node.name.text] : []));
    this.functions = new Set([...(outer?.functions ?? []), ...names]);
    const commands = tree.nodes.filter((node) => node.type === 'Command');
    this.calls = Map.groupBy(commands, ({ name }) => tree.literal(name));
    const inTexts = namesInTexts(tree);
    this.#isHidden = isHidden;
    const isOther = (name: string) => isHidden(name) || (inTexts.has(name) && !this.functions.has(name));
    this.names = new CommandNames(tree, this.assignments, this.functions, this.calls, isOther);
    let number = 0;
    for (const node of tree.nodes) {
      if (node.type === 'Pipeline')
        for (const command of node.commands.slice(1)) this.pipes.set(command, `|${prefix}${number++}`);
      else if (node.type === 'Coproc' || (node.type === 'ProcessSubstitution' && node.operator === '>'))
        this.pipes.set(node, STREAM);
    }
  }

  /** Whether a text that this script runs may call a function by this name; a "1" stands for what is computed. */
  mayBeFunction(name: string): boolean {
    return this.functions.has(name) || (this.functions.size > 0 && name.includes('1')) || this.#isHidden(name);
  }

  /** What a word, or a part of one, is made of. */
  of(node: SyntaxNode, into = new Flow()): Flow {
    this.#spend();
    switch (node.type) {
      case 'ArithmeticExpansion':
        return into;
      case 'SimpleExpansion':
        this.#addVariable(node.text.slice(1), node, into);
        return into;
      case 'ParameterExpansion':
        if (node.prefix === '#') return into;
        this.#addVariable(node.parameter, node, into);
        if (isIndirect(node)) into.cells.add(ANY_VARIABLE);
        if (node.operation?.type === 'Names') into.names.add(`${node.parameter}*`);
        break;
      case 'CommandExpansion':
      case 'ArithmeticCommandExpansion':
      case 'ProcessSubstitution':
        into.cells.add(this.substitution(node));
        return into;
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

  /** The cell of what a `$( )` prints: a hole in it stands in no word around it. */
  substitution(node: SyntaxNode): string {
    return `${SUBSTITUTED}${this.#prefix}${node.pos}`;
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
      // A command substitution in a word or a redirection does not read that redirection.
      const isRead = node === command || (node.type === 'Redirected' && below === node.command);
      below = node;
      const redirects =
        isRead && (node.type === 'Command' || node.type === 'Redirected') ? node.redirects.filter(feedsInput) : [];
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
    if (redirect.operator === '<&') into.cells.add(STREAM);
    if (!isInput(redirect)) return into;
    for (const cell of this.filesRead(redirect.target)) into.cells.add(cell);
    return this.of(redirect.target, into);
  }

  fileWritten(word: Word): string {
    return fileWritten(word, this.tree, this.assignments);
  }

  filesRead(word: Word): readonly string[] {
    return filesRead(word, this.tree, this.assignments);
  }

  /** The beginning of a word: up to the first constant text, for what stands before that may be empty. */
  first(word: Word, start: Start = { whole: new Flow(), part: new Flow() }): Start {
    const { prefix } = this.tree.marker;
    if (word.parts === undefined && word.text.startsWith(prefix)) this.of(word, start.whole);
    for (const part of (word.parts ?? []).flatMap(innerParts)) {
      const text = 'value' in part && typeof part.value === 'string' ? part.value : undefined;
      if (text === '') continue;
      if (text !== undefined && !text.startsWith(prefix)) break;
      this.of(part, start.whole);
      if (this.changes(part)) this.of(part, start.part);
      if (text !== undefined && !this.tree.marker.isAll(text)) break;
    }
    return start;
  }

  /** Whether an expansion, or one within it, holds something else than the value. The cell of a `$( )` counts as such anyway. */
  changes(node: SyntaxNode): boolean {
    if (node.type === 'ParameterExpansion' && changesValue(node)) return true;
    let isChanged = false;
    forEachChild(node, (child) => {
      isChanged ||= this.changes(child);
    });
    return isChanged;
  }

  /** The cell of `$1`, `$@` and the like at this place. */
  parameters(node: SyntaxNode): string {
    for (const above of this.tree.upward(node)) if (above.type === 'Function') return `@${above.name.text}`;
    return '@';
  }

  #addVariable(name: string, node: SyntaxNode, into: Flow): void {
    if (/^[\d@*]+$/.test(name)) into.cells.add(this.parameters(node));
    else for (const cell of this.variable(name)) into.cells.add(cell);
  }

  /** The cells that a variable may hold the value of. */
  variable(name: string): readonly string[] {
    const own = ECHOES.test(name) ? EVERYTHING : `$${name}`;
    return this.assignments.isOpen ? [own, SOME_VARIABLE] : [own];
  }

  /** What a command reads: its standard input, and the files that its words may name. */
  contents(command: Command, into = new Flow()): Flow {
    for (const arg of command.args)
      if (arg.type === 'Word') for (const cell of this.filesRead(arg)) into.cells.add(cell);
    return this.input(command, into);
  }

  #printed(command: Command, into: Flow): Flow {
    const name = this.tree.literal(command.name);
    const program = this.names.programOf(command);
    if (SHOWS_VARIABLES.test(program ?? '')) into.cells.add(EVERYTHING);
    if (program !== undefined && this.functions.has(name ?? '')) {
      into.cells.add(`>${program}`);
      this.all(command.args, into);
    } else if (program === undefined || PASSES_ON.test(program) || INTERPRETED.test(languageOf(program) ?? '')) {
      this.all(command.args, into);
      this.contents(command, into);
      if (program === undefined) for (const one of this.functions) into.cells.add(`>${one}`);
      else if (!PASSES_ON.test(program)) for (const one of into.names) into.cells.add(`$${one}`);
    }
    return into;
  }

  #namesIn(node: SyntaxNode): readonly string[] {
    if (!('text' in node) || node.text.length > LONGEST_NUMBER) return [];
    const isLong = /^["']?[$`]/.test(this.tree.text.slice(node.end, node.end + 2));
    const isEnd = /[}`)]["']?$/.test(this.tree.text.slice(Math.max(0, node.pos - 2), node.pos));
    return namesIn(`${isEnd ? '}' : ''}${node.text}${isLong ? '$' : ''}`);
  }

  #spend(): void {
    if (++this.#work > MOST_WORK) throw new TooEntangled();
  }
}

function innerParts(part: SyntaxNode): readonly SyntaxNode[] {
  return part.type === 'DoubleQuoted' || part.type === 'LocaleString' ? part.parts : [part];
}
