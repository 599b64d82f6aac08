/** The parts of a regular expression that decide which host it begins with. */
export type PatternNode =
  | { readonly is: 'start' | 'end' }
  | { readonly is: 'character'; readonly text: string }
  /** One letter, digit, "-" or "_". */
  | { readonly is: 'of a label' }
  /** Anything, or a construct that the reader does not understand. */
  | { readonly is: 'other' }
  | { readonly is: 'choice'; readonly of: readonly PatternSequence[] }
  | { readonly is: 'repeat'; readonly what: PatternNode; readonly least: number; readonly most: number };

export type PatternSequence = readonly PatternNode[];

const DEEPEST = 8;

/** The alternatives of a pattern that compiles, in linear time. A part that is nested too deep is `other`. */
export function readPattern(pattern: string): readonly PatternSequence[] {
  return new Reader(pattern).alternatives(0);
}

class Reader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  alternatives(depth: number): readonly PatternSequence[] {
    let sequence: PatternNode[] = [];
    const all = [sequence];
    while (this.#at < this.#pattern.length && this.#pattern[this.#at] !== ')') {
      if (this.#take(/\|/y) === undefined) sequence.push(this.#repeated(this.#atom(depth)));
      else {
        sequence = [];
        all.push(sequence);
      }
    }
    return all;
  }

  #repeated(what: PatternNode): PatternNode {
    const [operator, least = '0', comma, most = ''] = this.#take(/(?:[*+?]|\{(\d+)(,)?(\d*)\})\??/y) ?? [];
    if (operator === undefined) return what;
    if (operator.startsWith('{'))
      return {
        is: 'repeat',
        what,
        least: Number(least),
        most: comma === undefined ? Number(least) : Number(most || Infinity),
      };
    return {
      is: 'repeat',
      what,
      least: operator.startsWith('+') ? 1 : 0,
      most: operator.startsWith('?') ? 1 : Number.POSITIVE_INFINITY,
    };
  }

  #atom(depth: number): PatternNode {
    if (this.#take(/\^|\\A/y)) return { is: 'start' };
    if (this.#take(/\$|\\z/y)) return { is: 'end' };
    if (this.#take(/\\[wd]/y)) return { is: 'of a label' };
    const [, escaped] = this.#take(/\\([^\w])/y) ?? [];
    if (escaped !== undefined) return { is: 'character', text: escaped };
    const [, listed] = this.#take(/\[((?:\\.|[^\]\\])+)\]/sy) ?? [];
    if (listed !== undefined) return classNode(listed);
    if (this.#take(/\((?:\?:|\?P?<\w+>)?(?!\?)/y)) return this.#group(depth);
    const [plain] = this.#take(/[^\\.[({]/y) ?? [];
    if (plain !== undefined) return { is: 'character', text: plain };
    this.#take(/\\.|./sy);
    return { is: 'other' };
  }

  #group(depth: number): PatternNode {
    const of = this.alternatives(depth + 1);
    this.#take(/\)/y);
    return depth < DEEPEST ? { is: 'choice', of } : { is: 'other' };
  }

  #take(what: RegExp): RegExpExecArray | undefined {
    what.lastIndex = this.#at;
    const found = what.exec(this.#pattern) ?? undefined;
    this.#at += found?.[0].length ?? 0;
    return found;
  }
}

/** @param listed the text between the brackets */
function classNode(listed: string): PatternNode {
  if (/^(?:\\\W|[^\w\\^-])+$|^\w$/.test(listed)) {
    const characters = listed.match(/(?<=\\)\W|[^\\]/g) ?? [];
    return { is: 'choice', of: characters.map((text) => [{ is: 'character', text }]) };
  }
  const isOfLabel = /^(?:[a-z]-[a-z]|[A-Z]-[A-Z]|\d-\d|\\[wd-]|\w(?!-[^\]])|-$|^-)+$/.test(listed);
  return { is: isOfLabel ? 'of a label' : 'other' };
}
