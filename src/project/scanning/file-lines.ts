/** The lines of a file, for many lookups of places in it. */
export class FileLines {
  readonly #bytes: Buffer;
  readonly #starts: readonly number[];

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    const starts = [0];
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, end + 1)) starts.push(end + 1);
    this.#starts = starts;
  }

  /** The line of a byte, from 1. */
  lineOf(at: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= at) low = middle;
      else high = middle;
    }
    return low + 1;
  }

  /** The column of a byte in characters, from 1. */
  columnOf(at: number): number {
    return this.#bytes.toString('utf8', this.#starts[this.lineOf(at) - 1], at).length + 1;
  }

  has(line: number, text: string): boolean {
    return this.#bytes.subarray(this.#starts[line - 1], this.#starts[line]).includes(text);
  }
}
