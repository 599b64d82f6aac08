/** The most characters kept of a line, more than a terminal has columns. */
const KEPT = 4096;

/** The last line that a step wrote, complete or not; a carriage return begins a new line, as in progress bars. */
export class LastLine {
  #open = '';
  #last = '';

  /** The line as written, including control sequences. */
  get text(): string {
    return this.#last;
  }

  /** Reads only the end of a piece, which may be long. */
  take(piece: string): void {
    const written = piece.trimEnd();
    const start = lineStart(written);
    if (written !== '') this.#last = joined(start === 0 ? this.#open : '', written.slice(start, start + KEPT));
    const end = lineStart(piece);
    this.#open = joined(end === 0 ? this.#open : '', piece.slice(end, end + KEPT));
  }
}

function lineStart(text: string): number {
  return Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
}

function joined(open: string, more: string): string {
  return open.length < KEPT ? (open + more).slice(0, KEPT) : open;
}
