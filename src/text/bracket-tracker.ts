/** The lexeme with which the YAML library reports unclosed brackets. */
export const FLOW_ERROR_MARK = '\x18';

/** Tracks quotes and brackets itself: the library reports where the closing one is missing, not where it was opened. */
export class BracketTracker {
  readonly openings = new Map<number, number>();
  readonly #end: number;
  readonly #open: { readonly bracket: string; readonly offset: number }[] = [];

  constructor(end: number) {
    this.#end = end;
  }

  /** @param lexeme empty at the end of the text */
  see(lexeme: string, offset: number): void {
    const first = lexeme.charAt(0);
    const top = this.#open.at(-1);
    if (first === '{' || first === '[') this.#open.push({ bracket: first, offset });
    else if (first === '"' || first === "'") {
      const end = offset + lexeme.length;
      if (end === this.#end || lexeme.length === 1 || !lexeme.endsWith(first)) this.openings.set(end, offset);
    } else if (top !== undefined && (first === '}' || first === ']')) {
      if ((top.bracket === '{') === (first === '}')) this.#open.pop();
      else this.openings.set(offset, top.offset);
    } else if (top !== undefined && (lexeme === '' || lexeme === FLOW_ERROR_MARK)) {
      if (!this.openings.has(offset)) this.openings.set(offset, top.offset);
      this.#open.length = 0;
    }
  }
}
