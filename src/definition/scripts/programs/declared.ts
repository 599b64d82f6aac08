import { documentText, roughText } from '../syntax/cooked-text.ts';
import type { Command, CommandArgument, ShellTree, SyntaxNode } from '../syntax/shell-tree.ts';
import { DECLARES } from './programs.ts';

const LETTERS = 'iaAn';
/** A declaration in a text, with its options and the names behind them. */
const IN_TEXT = /\b(?:declare|typeset|local|readonly|export)((?:\s+-\w+)+)([^;&|\n]*)/g;
/** A word that is the name of the builtin, perhaps with options: a variable or a function may run it. */
const NAMED = /^(?:declare|typeset)(?:\s+-\w+)*$/;

/** What a script may declare its variables to be. Where the name or the options of a declaration are computed, all is open. */
export class Declared {
  readonly #names = new Map<string, Set<string>>();
  /** Letters of options that a variable with a computed name gets. */
  readonly #any = new Set<string>();

  constructor(tree: ShellTree) {
    let isNamed = false;
    for (const node of tree.nodes) {
      this.#addList(node, tree);
      for (const text of textsOf(node, tree)) {
        isNamed ||= NAMED.test(text);
        for (const [, options = '', names = ''] of text.matchAll(IN_TEXT)) this.#addInText(options, names);
      }
    }
    const own = isNamed ? namesOf(tree) : new Set();
    for (const node of tree.nodes) {
      if (node.type !== 'Command') continue;
      const name = tree.literal(node.name);
      const mayDeclare = isNamed && (name === undefined || own.has(name));
      if (DECLARES.test(name ?? '') || mayDeclare) this.#addDeclared(node, tree);
    }
  }

  /** Evaluated when they are assigned. */
  isInteger(name: string): boolean {
    return this.#has('i', name);
  }

  /** An array, or a reference that may be one: `declare name="(...)"` evaluates the text. */
  isList(name: string): boolean {
    return this.#has('a', name) || this.#has('A', name);
  }

  /** References without a target: what is assigned to one names it. */
  isOpenReference(name: string): boolean {
    return this.#has('n', name);
  }

  #has(letter: string, name: string): boolean {
    return this.#any.has(letter) || this.#names.get(letter)?.has(name) === true;
  }

  #addList(node: SyntaxNode, tree: ShellTree): void {
    if (node.type === 'Assignment' && (node.value.type === 'ArrayValue' || node.index !== undefined))
      this.#add('a', node.name);
    if (node.type === 'Coproc') this.#add('a', node.name?.text ?? 'COPROC');
    if (node.type !== 'Command' || !/^(?:read|mapfile|readarray)$/.test(tree.literal(node.name) ?? '')) return;
    for (const name of ['MAPFILE', ...node.args.map((arg) => tree.literal(arg) ?? '')]) this.#add('a', name);
  }

  #addInText(options: string, names: string): void {
    const found = names.match(/[A-Za-z_]\w*(?=[=\s[]|$)/g) ?? [];
    for (const letter of options) {
      if (found.length === 0 || /\$/.test(names)) this.#any.add(letter);
      for (const name of found) this.#add(letter, name);
    }
  }

  #addDeclared({ args }: Command, tree: ShellTree): void {
    const texts = args.map((arg) => tree.literal(arg));
    const letters = texts.map((text) => (text?.startsWith('-') ? text : '')).join('');
    // A computed word may be options, or a name; several may be both.
    const mayBe = args.some((arg, at) => arg.type === 'Word' && texts[at] === undefined && !arg.text.includes('='));
    for (const [at, arg] of args.entries()) {
      if (texts[at]?.startsWith('-')) continue;
      if (/^"?\$(?:@|\*|\{[@*])/.test(arg.text)) for (const letter of LETTERS) this.#any.add(letter);
      const name = nameIn(arg, texts[at]);
      for (const letter of name !== undefined && mayBe ? LETTERS : letters) {
        // A reference with a target may be a list.
        const own = letter === 'n' && arg.type === 'Assignment' ? 'a' : letter;
        if (name === undefined) this.#any.add(own);
        else this.#add(own, name);
      }
    }
  }

  #add(letter: string, name: string): void {
    const known = this.#names.get(letter) ?? new Set<string>();
    this.#names.set(letter, known.add(name));
  }
}

function nameIn(arg: CommandArgument, text: string | undefined): string | undefined {
  if (arg.type === 'Assignment') return arg.name;
  return text?.replace(/=.*/s, '') ?? /^\w+(?=[[=])/.exec(arg.text)?.[0];
}

/** Functions and aliases of the script. */
function namesOf(tree: ShellTree): ReadonlySet<string> {
  return new Set([...tree.text.matchAll(/([\w-]+)(?:=|\s*\()/g)].map(([, name = '']) => name));
}

/** The texts that a script may evaluate. */
function textsOf(node: SyntaxNode, tree: ShellTree): readonly string[] {
  if (node.type === 'HereDoc') return [documentText(node)];
  if (node.type === 'Command' && /^(?:eval|trap)$/.test(tree.literal(node.name) ?? ''))
    return [node.args.map((arg) => (arg.type === 'Word' ? roughText(arg) : arg.text)).join(' ')];
  if (node.type !== 'Word') return [];
  const parent = tree.parent(node);
  return parent?.type === 'Command' && parent.name === node ? [] : [roughText(node)];
}
