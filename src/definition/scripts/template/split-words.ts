/** Why a text is not a list of words; completes "the argument "x" ...". */
export interface WordFault {
  readonly fault: string;
}

/**
 * Splits as a shell does, and expands nothing: blanks separate; `'...'` is literal; in `"..."` a backslash escapes `"`, `\`,
 * `$` and a backtick; elsewhere it escapes any character. `*`, `$`, `~` and `{` are characters like any other.
 */
export function splitWords(value: string): readonly string[] | WordFault {
  const splitter = new Splitter(value);
  return splitter.split();
}

const OPERATOR = /^(?:\d*[<>]|&>|[|;&]+$)/;

class Splitter {
  readonly #value: string;
  readonly #words: string[] = [];
  #at = 0;
  /** Undefined between words. */
  #word: string | undefined;
  /** The unquoted parts of the word; each quoted part is one "q". */
  #bare = '';

  constructor(value: string) {
    this.#value = value;
  }

  split(): readonly string[] | WordFault {
    while (this.#at < this.#value.length) {
      const isBlank = /[ \t\n\r]/.test(this.#value.charAt(this.#at));
      const fault = isBlank ? this.#endWord() : this.#part();
      if (fault !== null) return { fault };
      if (isBlank) this.#at++;
    }
    const fault = this.#endWord();
    return fault === null ? this.#words : { fault };
  }

  #endWord(): string | null {
    if (this.#word === undefined) return null;
    if (OPERATOR.test(this.#bare))
      return 'holds a pipe, a redirection or a second command, which only the script itself may have';
    this.#words.push(this.#word);
    this.#word = undefined;
    this.#bare = '';
    return null;
  }

  #part(): string | null {
    this.#word ??= '';
    const next = this.#value.charAt(this.#at);
    if (next === "'") return this.#single();
    if (next === '"') return this.#double();
    if (next === '\\') return this.#escaped();
    this.#word += next;
    this.#bare += next;
    this.#at++;
    return null;
  }

  #single(): string | null {
    const end = this.#value.indexOf("'", this.#at + 1);
    if (end === -1) return 'has a quote that is never closed';
    this.#add(this.#value.slice(this.#at + 1, end), end + 1);
    return null;
  }

  #double(): string | null {
    let text = '';
    for (let at = this.#at + 1; at < this.#value.length; at++) {
      const next = this.#value.charAt(at);
      const after = this.#value.charAt(at + 1);
      if (next === '"') {
        this.#add(text, at + 1);
        return null;
      }
      if (next === '\\' && after !== '' && '"\\$`\n'.includes(after)) {
        at++;
        if (after !== '\n') text += after;
      } else text += next;
    }
    return 'has a quote that is never closed';
  }

  #escaped(): string | null {
    const next = this.#value.charAt(this.#at + 1);
    if (next === '') return 'ends with a "\\"';
    this.#add(next === '\n' ? '' : next, this.#at + 2);
    return null;
  }

  #add(text: string, next: number): void {
    this.#word = (this.#word ?? '') + text;
    this.#bare += 'q';
    this.#at = next;
  }
}
