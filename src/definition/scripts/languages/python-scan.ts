/** A text of a Python script, a `{ }` field of an f-string, or a comment; everything else is code. */
export interface PythonPiece {
  readonly kind: 'text' | 'field' | 'comment';
  readonly start: number;
  readonly end: number;
  /** The prefix of a text, or of the text around a field: `rb`, in lower case. */
  readonly prefix: string;
  readonly quote: string;
}

/** Nothing fits, or versions of Python read it differently. */
class Unreadable extends Error {}

const PREFIX = /(?<![A-Za-z0-9_])(?:[rubft]|[rbf][rbf]|[rt][rt])$/i;

/** @returns the pieces in the order of the script, or null where it cannot be read */
export function pythonPieces(source: string): readonly PythonPiece[] | null {
  const scanner = new Scanner(source);
  try {
    scanner.code(0, null);
    return scanner.pieces;
  } catch (error) {
    if (error instanceof Unreadable || error instanceof RangeError) return null;
    throw error;
  }
}

class Scanner {
  readonly pieces: PythonPiece[] = [];
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  /**
   * Reads code.
   * @param field the quote of the text that a field stands in; null: the script itself
   * @returns behind it: at the `}`, `:` or `!` that ends the field, or at the end of the script
   */
  code(from: number, field: string | null): number {
    let depth = 0;
    let at = from;
    while (at < this.#source.length) {
      const next = this.#source.charAt(at);
      if (field !== null && depth === 0 && (/[}:]/.test(next) || (next === '!' && this.#source[at + 1] !== '=')))
        return at;
      if (next === '#') {
        if (field !== null) throw new Unreadable();
        at = this.#comment(at);
        continue;
      }
      if (next === '"' || next === "'") {
        // Before Python 3.12 the same quote would end the text that holds the field.
        if (field !== null && this.#source.startsWith(field, at)) throw new Unreadable();
        at = this.#text(at);
        continue;
      }
      if ('([{'.includes(next)) depth++;
      if (')]}'.includes(next) && --depth < 0) throw new Unreadable();
      if (next === '\n' && field?.length === 1) throw new Unreadable();
      at++;
    }
    if (field !== null) throw new Unreadable();
    return at;
  }

  #comment(start: number): number {
    const found = this.#source.indexOf('\n', start);
    const end = found === -1 ? this.#source.length : found;
    this.pieces.push({ kind: 'comment', start, end, prefix: '', quote: '' });
    return end;
  }

  /** @returns behind its closing quote */
  #text(open: number): number {
    const prefix = PREFIX.exec(this.#source.slice(Math.max(0, open - 4), open))?.[0].toLowerCase() ?? '';
    const one = this.#source.charAt(open);
    const quote = this.#source.startsWith(one.repeat(3), open) ? one.repeat(3) : one;
    const fields: PythonPiece[] = [];
    const start = open + quote.length;
    for (let at = start; at < this.#source.length; at++) {
      const next = this.#source.charAt(at);
      if (next === '\\') at++;
      else if (this.#source.startsWith(quote, at)) {
        this.pieces.push({ kind: 'text', start, end: at, prefix, quote }, ...fields);
        return at + quote.length;
      } else if (next === '\n' && quote.length === 1) throw new Unreadable();
      else if (next === '{' && /[ft]/.test(prefix)) {
        if (this.#source[at + 1] === '{') at++;
        else {
          const end = this.#field(at, quote);
          fields.push({ kind: 'field', start: at, end, prefix, quote });
          at = end - 1;
        }
      }
    }
    throw new Unreadable();
  }

  /** Code, then perhaps `!r`, then perhaps a format, which may hold fields itself. @returns behind its `}` */
  #field(start: number, quote: string): number {
    const known = this.pieces.length;
    let end = this.code(start + 1, quote);
    this.pieces.length = known;
    for (let level = 0; this.#source[end] !== '}' || level > 0; end++) {
      const next = this.#source[end];
      if (next === undefined || next === '\\' || this.#source.startsWith(quote, end)) throw new Unreadable();
      if (next === '{') level++;
      if (next === '}') level--;
    }
    return end + 1;
  }
}
