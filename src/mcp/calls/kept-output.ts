import { visible } from '../../text/visible.ts';

/** The size of the beginning and of the end that are kept, in UTF-16 units. */
const HEAD = 8 * 1024;
const TAIL = 24 * 1024;

/** The masked output of a run, with what is invisible escaped: its beginning and its end, and how much was cut between them. */
export class KeptOutput {
  #head = '';
  #tail = '';
  #cutBytes = 0;
  #step = '';
  readonly #namesSteps: () => boolean;

  /** @param namesSteps whether a line before the output of each step names it */
  constructor(namesSteps: () => boolean) {
    this.#namesSteps = namesSteps;
  }

  take(step: string, text: string): void {
    if (this.#namesSteps() && step !== this.#step) this.#add(`${this.#isAtLineStart ? '' : '\n'}== ${step} ==\n`);
    this.#step = step;
    // Escaped first: what a terminal obeys becomes six times as long.
    this.#add(visible(text));
  }

  get cutBytes(): number {
    return this.#cutBytes;
  }

  get head(): string {
    return this.#head.toWellFormed();
  }

  get tail(): string {
    return this.#tail.toWellFormed();
  }

  get #isAtLineStart(): boolean {
    const last = this.#tail === '' ? this.#head : this.#tail;
    return last === '' || last.endsWith('\n');
  }

  #add(text: string): void {
    const room = this.#tail === '' && this.#cutBytes === 0 ? HEAD - this.#head.length : 0;
    this.#head += text.slice(0, room);
    const all = this.#tail + text.slice(room);
    const cut = Math.max(0, all.length - TAIL);
    this.#cutBytes += Buffer.byteLength(all.slice(0, cut));
    this.#tail = all.slice(cut);
  }
}
