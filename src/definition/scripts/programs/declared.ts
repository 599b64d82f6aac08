import { type Command, ShellTree } from '../syntax/shell-tree.ts';
import { DECLARES } from './programs.ts';

const KEPT = 'iaAn';

/** What a script may declare its variables to be. Where the name or the options of a declaration are computed, all is open. */
export class Declared {
  readonly #names = new Map<string, Set<string>>();
  /** Letters of options that a variable with a computed name gets. */
  readonly #any = new Set<string>();

  constructor(tree: ShellTree) {
    this.#collect(tree);
  }

  /** Evaluated when they are assigned. */
  isInteger(name: string): boolean {
    return this.#has('i', name);
  }

  /** An array: `declare name="(...)"` evaluates the text. */
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

  #collect(tree: ShellTree): void {
    for (const node of tree.nodes) {
      if (node.type === 'Assignment' && (node.value.type === 'ArrayValue' || node.index !== undefined))
        this.#add('a', node.name);
      if (node.type !== 'Command') continue;
      const name = tree.literal(node.name) ?? '';
      if (DECLARES.test(name)) this.#addDeclared(node, tree);
      else if (/^(?:read|mapfile|readarray)$/.test(name)) this.#addRead(node, tree);
      else if (/^(?:eval|trap)$/.test(name)) this.#addEvaluated(node, tree);
    }
  }

  #addDeclared({ args }: Command, tree: ShellTree): void {
    const texts = args.map((arg) => tree.literal(arg));
    const letters = texts.map((text) => (text?.startsWith('-') ? text : '')).join('');
    // A computed word may be options, or a name.
    const mayBe = args.some((arg, at) => arg.type === 'Word' && texts[at] === undefined && !arg.text.includes('='));
    for (const [at, arg] of args.entries()) {
      if (texts[at]?.startsWith('-')) continue;
      const isValued = arg.type === 'Assignment';
      const name = isValued ? arg.name : (texts[at] ?? /^\w+(?=\[)/.exec(arg.text)?.[0]);
      for (const letter of name !== undefined && mayBe ? KEPT : letters) {
        if (letter === 'n' && isValued) continue;
        if (name === undefined) this.#any.add(letter);
        else this.#add(letter, name);
      }
    }
  }

  #addRead({ args }: Command, tree: ShellTree): void {
    for (const arg of args) this.#add('a', tree.literal(arg) ?? '');
  }

  /** `eval 'declare -i n'` */
  #addEvaluated({ args }: Command, tree: ShellTree): void {
    const text = args.map((arg) => tree.literal(arg) ?? '').join(' ');
    if (!/\b(?:declare|typeset|local|readonly|export)\b/.test(text)) return;
    const inner = new ShellTree(text, tree.marker);
    if (inner.fault === undefined) this.#collect(inner);
  }

  #add(letter: string, name: string): void {
    const known = this.#names.get(letter) ?? new Set<string>();
    this.#names.set(letter, known.add(name));
  }
}
