/** Makes the terminal put pasted text between two marks (xterm: bracketed paste); the second sequence stops this. */
export const MARK_PASTES = '\u001b[?2004h';
export const MARK_NO_PASTES = '\u001b[?2004l';
/** The alternative where a terminal cannot pass a value of several lines. */
export const FROM_FILE = 'a value of several lines comes from a file or a pipe: --from-file FILE';
/** The marks without their ESC. */
const PASTE_BEGINS = '[200~';
const PASTE_ENDS = '[201~';
const BEGUN_SEQUENCE = /^(?:[[O][0-9;]*)?$/;

/**
 * Reads the answer typed at a question. Understands Enter, Backspace, ^U (start again), ^C, ^D and marks of pasted text;
 * other keys that send sequences, such as arrows, and every other control character are dropped.
 */
export class TypedText {
  #characters: string[] = [];
  readonly #echo: (text: string) => void;
  readonly #takesLines: boolean;
  /** The characters after an ESC. */
  #sequence: string | undefined;
  #isPasting = false;

  /** @param takesLines whether pasted text of several lines is an answer */
  constructor(echo: (text: string) => void, takesLines = false) {
    this.#echo = echo;
    this.#takesLines = takesLines;
  }

  /** The last of several lines has a line end too: Enter ended it. */
  get text(): string {
    const text = this.#characters.join('');
    return text.includes('\n') && !text.endsWith('\n') ? `${text}\n` : text;
  }

  /** Line breaks in the answer. */
  get breaks(): number {
    return this.text.split('\n').length - 1;
  }

  /** @returns `unmarked` where text follows the final Enter: several lines that the terminal did not mark as pasted */
  type(keys: string): 'entered' | 'unmarked' | 'cancelled' | 'open' {
    const characters = [...keys];
    for (const [at, key] of characters.entries()) {
      if (this.#takesSequence(key)) continue;
      if (this.#isPasting) this.#paste(key);
      else if (key === '\r' || key === '\n') return this.#isFollowed(characters.slice(at)) ? 'unmarked' : 'entered';
      else if (key === '\u0003' || (key === '\u0004' && this.#characters.length === 0)) return 'cancelled';
      else this.#press(key);
    }
    return 'open';
  }

  #isFollowed(keys: readonly string[]): boolean {
    return this.#takesLines && keys.some((key) => key !== '\r' && key !== '\n');
  }

  #press(key: string): void {
    if (key === '\u007f' || key === '\b') this.#erase(1);
    else if (key === '\u0015') this.#erase(this.#characters.length);
    else if (key >= ' ' || key === '\t') this.#append(key);
  }

  /** Terminals send a line end in pasted text as they send Enter. */
  #paste(key: string): void {
    if (key === '\r' || key === '\n') this.#append('\n');
    else if (key >= ' ' || key === '\t') this.#append(key);
  }

  #takesSequence(key: string): boolean {
    if (this.#sequence === undefined && key !== '\u001b') return false;
    const sequence = this.#sequence === undefined ? '' : this.#sequence + key;
    const isBegun = BEGUN_SEQUENCE.test(sequence);
    this.#sequence = isBegun ? sequence : undefined;
    if (sequence === PASTE_BEGINS) this.#isPasting = this.#takesLines;
    if (sequence === PASTE_ENDS) this.#isPasting = false;
    return isBegun || /^[[O]/.test(sequence);
  }

  #append(key: string): void {
    this.#characters.push(key);
    this.#echo(key);
  }

  #erase(count: number): void {
    for (let left = Math.min(count, this.#characters.length); left > 0; left--) {
      this.#characters.pop();
      this.#echo('\b \b');
    }
  }
}
