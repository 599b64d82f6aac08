import { baseName } from '../../../util/paths.ts';
import type { Command, ShellTree, Word } from '../syntax/shell-tree.ts';
import type { Assignments } from './assignments.ts';
import { languageOf } from './programs.ts';
import { wrappedIn } from './wrappers.ts';

/** Which programs and functions the commands of a script run. */
export class CommandNames {
  readonly #tree: ShellTree;
  readonly #assignments: Assignments;
  readonly #functions: ReadonlySet<string>;
  readonly #calls: ReadonlyMap<string | undefined, readonly Command[]>;
  readonly #aliases: ReadonlySet<string>;
  /** Whether a name may be that of a function, or an alias, which stands in a text. */
  readonly #isOther: (name: string) => boolean;
  readonly #takesCode = new Map<string, boolean>();

  constructor(
    tree: ShellTree,
    assignments: Assignments,
    functions: ReadonlySet<string>,
    calls: ReadonlyMap<string | undefined, readonly Command[]>,
    isOther: (name: string) => boolean,
  ) {
    this.#isOther = isOther;
    this.#tree = tree;
    this.#assignments = assignments;
    this.#functions = functions;
    this.#calls = calls;
    const aliases = calls.get('alias') ?? [];
    const indexes = tree.nodes.flatMap((node) =>
      node.type === 'Assignment' && node.name === 'BASH_ALIASES' ? [node.index?.value ?? ''] : [],
    );
    this.#aliases = new Set([
      ...aliases.flatMap(({ args }) => args.map(({ text }) => text.split('=')[0] ?? '')),
      ...indexes,
    ]);
  }

  /**
   * The program that a command runs, where it is written down: in the command, or in the variable that names it. Undefined
   * where something else chooses it, and where that variable brings words that a program would run.
   */
  nameOf({ name }: Command): string | undefined {
    const literal = this.#tree.literal(name);
    if (literal !== undefined || name === undefined)
      return literal !== undefined && (this.#aliases.has(literal) || this.#isOther(literal)) ? undefined : literal;
    const commands = (this.#assignments.commandsOf(name) ?? []).filter((words) => words.length > 0);
    const firsts = new Set(commands.map(([first = '']) => first));
    const [first] = firsts;
    const isPlain = commands.every((words) => words.slice(1).every((word) => languageOf(word) === undefined));
    const isOne =
      firsts.size === 1 && commands.every((words) => words.length === 1 || languageOf(words[0] ?? '') === undefined);
    return isPlain && (isOne || [...firsts].every((one) => languageOf(one) === undefined)) ? first : undefined;
  }

  /** Whether a word that names a command may name a function of the script. */
  mayCallFunction(name: Word): boolean {
    if (this.#functions.size === 0 || isAllParameters(name.text)) return false;
    const commands = this.#assignments.commandsOf(name);
    return commands === undefined || commands.some(([first]) => first !== undefined && this.#functions.has(first));
  }

  /** The name of the program, behind `sudo`, `env` and the like; undefined where something chooses it. */
  programOf(command: Command): string | undefined {
    const name = this.#tree.literal(command.name);
    if (name === undefined) return undefined;
    const own = baseName(name);
    const words = command.args.map((arg) => ({ literal: this.#tree.literal(arg), written: arg.text }));
    const found = wrappedIn(own, words);
    return found === undefined ? own : baseName(words[found.program ?? -1]?.literal ?? own);
  }

  /**
   * Whether a caller of the function with these parameters names a program that runs texts, another function, or what nobody
   * can tell. Worked out once for each function.
   */
  mayTakeCode(parameters: string): boolean {
    const known = this.#takesCode.get(parameters);
    if (known !== undefined) return known;
    const calls = this.#calls.get(parameters.slice(1)) ?? [];
    const takesCode = parameters === '@' || calls.some((call) => this.#handsOnCode(call));
    this.#takesCode.set(parameters, takesCode);
    return takesCode;
  }

  #handsOnCode({ args }: Command): boolean {
    const words = args.map((arg) => this.#tree.literal(arg));
    return (
      words[0] === undefined ||
      words.some((word) => word !== undefined && (languageOf(word) !== undefined || this.#functions.has(word)))
    );
  }
}

/** `"$@"` */
export function isAllParameters(text: string): boolean {
  return /^"?\$(?:@|\*|\{[@*]\})"?$/.test(text);
}
