import { baseName } from '../../../util/paths.ts';
import { constantText } from '../syntax/cooked-text.ts';
import type { Command, ShellTree, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import { DECLARES } from './programs.ts';

type AssignedValue = Extract<SyntaxNode, { type: 'Word' | 'ArrayValue' }>;

/** More are not kept of one variable. */
const MOST_VALUES = 20;
const WRITES_OPERANDS = /^(?:read|mapfile|readarray|getopts)$/;

/** What a script assigns to its variables, as it is written. */
export class Assignments {
  /** Whether a variable may be set whose name is computed: `printf -v "$name"`. */
  readonly isOpen: boolean;
  readonly #tree: ShellTree;
  /** Undefined: something else than a value that is written down. */
  readonly #values = new Map<string, (AssignedValue | undefined)[]>();
  /** Elements that `name+=(...)` adds. */
  readonly #added = new Map<string, string[]>();

  constructor(tree: ShellTree) {
    this.#tree = tree;
    let isOpen = false;
    for (const node of tree.nodes) {
      if (node.type === 'Assignment') this.#addAssigned(node);
      else if (node.type === 'For' || node.type === 'Select') this.#add(node.name.text, undefined);
      else if (node.type === 'Command' && this.#addWritten(node)) isOpen = true;
    }
    this.isOpen = isOpen;
  }

  /** The words that a variable is assigned; undefined stands for anything. */
  wordsOf(name: string): readonly (Word | undefined)[] {
    return (this.#values.get(name) ?? []).map((value) => (value?.type === 'Word' ? value : undefined));
  }

  /** What a word that is one variable may be, of the texts that are assigned to it without a change by the shell. */
  constantsOf(word: Word): readonly string[] {
    return this.wordsOf(variableIn(word) ?? '').flatMap((one) => (one === undefined ? [] : (constantText(one) ?? [])));
  }

  /**
   * The commands that a word which is one variable, or one array, may be: the constant words that each begins with.
   * Undefined where something else may stand there.
   */
  commandsOf(word: Word): readonly (readonly string[])[] | undefined {
    const name = variableIn(word);
    const values = (name !== undefined && this.#values.get(name)) || [];
    const commands = values.map((value) => (value === undefined ? undefined : this.#commandOf(value)));
    const isKnown = !this.isOpen && commands.length > 0 && commands.length < MOST_VALUES;
    if (!isKnown || !commands.every((one) => one !== undefined)) return undefined;
    const added = (name !== undefined && this.#added.get(name)) || [];
    return commands.map((one) => one.concat(added));
  }

  #commandOf(value: AssignedValue): readonly string[] | undefined {
    if (value.type === 'ArrayValue') {
      const words = value.elements.map((one) => this.#tree.literal(one));
      return words[0] === undefined ? undefined : words.filter((one) => one !== undefined);
    }
    const text = this.#tree.literal(value) ?? found(value.text);
    return text?.split(/\s+/).filter((one) => one !== '');
  }

  #addAssigned({ name, append, value }: Extract<SyntaxNode, { type: 'Assignment' }>): void {
    if (append !== true) this.#add(name, value);
    else if (value.type === 'Word') this.#add(name, undefined);
    else {
      const added = this.#added.get(name) ?? [];
      this.#added.set(name, added);
      for (const one of value.elements) added.push(this.#tree.literal(one) ?? '');
    }
  }

  #add(name: string, value: AssignedValue | undefined): void {
    const known = this.#values.get(name) ?? [];
    this.#values.set(name, known);
    if (known.length < MOST_VALUES) known.push(value);
  }

  /** @returns whether the command sets a variable whose name is computed */
  #addWritten(command: Command): boolean {
    const program = this.#tree.literal(command.name) ?? '';
    const texts = command.args.map((arg) => this.#tree.literal(arg));
    if (program === 'printf' && command.args[0]?.text.startsWith('-v'))
      return this.#addName(texts[0] === '-v' ? texts[1] : texts[0]?.slice(2));
    if (WRITES_OPERANDS.test(program))
      return texts.map((text) => this.#addName(text)).some((isWorkedOut) => isWorkedOut);
    if (!DECLARES.test(program)) return false;
    const isReference = texts.some((text) => /^-[A-Za-z]*n/.test(text ?? ''));
    return command.args.some((arg, at) =>
      arg.type === 'Word'
        ? texts[at] === undefined
        : isReference && arg.value.type === 'Word' && !/^[\w[\]]+$/.test(arg.value.text),
    );
  }

  #addName(name: string | undefined): boolean {
    if (name !== undefined) this.#add(name.replace(/\[.*/s, ''), undefined);
    return name === undefined;
  }
}

/** `$name`, `"${name}"`, `"${name[@]}"` */
export function variableIn({ parts = [] }: Word): string | undefined {
  const [part, ...others] = parts;
  const [only, ...more] = part?.type === 'DoubleQuoted' ? part.parts : [part];
  if (only === undefined || others.length > 0 || more.length > 0) return undefined;
  if (only.type === 'ParameterExpansion' && /^[@*]$/.test(only.index?.text ?? ''))
    return only.operation === undefined && only.prefix === undefined ? only.parameter : undefined;
  return plainVariable(only);
}

/** The name in `$name` and `${name}`. */
export function plainVariable(part: SyntaxNode): string | undefined {
  if (part.type === 'SimpleExpansion') return part.text.slice(1);
  if (part.type !== 'ParameterExpansion') return undefined;
  return part.operation === undefined && part.index === undefined && part.prefix === undefined
    ? part.parameter
    : undefined;
}

/** `$(command -v sed)` is sed. */
function found(text: string): string | undefined {
  const name = /^"?\$\(\s*(?:command\s+-v|which|type\s+-[pP])\s+([\w./+-]+)/.exec(text)?.[1];
  return name === undefined ? undefined : baseName(name);
}
