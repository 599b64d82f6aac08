import stringWidth from 'string-width';

/**
 * What a terminal shows of the bytes that it is sent: as much of one as a footer in place needs. Whatever else is asked of it
 * throws, so that no test believes in a screen that a real terminal would not show.
 */
export class Screen {
  #columns: number;
  #rows: number;
  /** Of the whole history: the screen is the last of them. */
  #lines: string[][] = [[]];
  #top = 0;
  #row = 0;
  #column = 0;
  #rest = '';

  constructor(columns: number, rows: number) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Everything, with what has scrolled away; without blank ends. */
  get text(): string {
    return this.#lines
      .map((line) => line.join('').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** The widest row that was ever written to, in columns. */
  widest = 0;

  /** Breaks the lines that are too long now, as most terminals do. The cursor stays with its line. */
  resize(columns: number, rows: number): void {
    const broken = this.#lines.map((line) => brokenLine(line, columns));
    this.#row = broken.slice(0, this.#row).reduce((sum, lines) => sum + lines.length, 0);
    this.#lines = broken.flat();
    [this.#columns, this.#rows] = [columns, rows];
    this.#top = Math.max(0, this.#row + 1 - rows);
  }

  write(text: string): void {
    const all = this.#rest + text;
    this.#rest = '';
    for (let at = 0; at < all.length; ) {
      const escaped = all[at] === '\u001b';
      const piece = escaped ? `\u001b${sequenceAt(all, at + 1)}` : characterAt(all, at);
      // The rest of a sequence may come with the next bytes.
      if (piece === '\u001b' && all.length - at < 20) {
        this.#rest = all.slice(at);
        return;
      }
      if (escaped) this.#obey(piece.slice(1));
      else this.#put(piece);
      at += piece.length;
    }
  }

  #obey(sequence: string): void {
    const [, digits = '', letter = ''] = /^\[([\d;]*)([A-Za-z])$/.exec(sequence) ?? [];
    if (letter === 'A') this.#row = Math.max(this.#top, this.#row - Number(digits || 1));
    else if (letter === 'J' && digits === '') this.#eraseBelow();
    else if (letter !== 'm') throw new Error(`the screen does not know ${JSON.stringify(sequence)}`);
  }

  #eraseBelow(): void {
    this.#lines.splice(this.#row + 1);
    this.#lines[this.#row]?.splice(this.#column);
  }

  #put(character: string): void {
    if (character === '\r' || character === '\r\n') this.#column = 0;
    if (character === '\n' || character === '\r\n') this.#down();
    if (/^[\r\n]/.test(character)) return;
    const width = stringWidth(character);
    if (this.#column + width > this.#columns) {
      this.#column = 0;
      this.#down();
    }
    const line = this.#lines[this.#row] ?? [];
    while (line.length < this.#column) line.push(' ');
    line.splice(this.#column, width, character, ...Array.from({ length: Math.max(0, width - 1) }, () => ''));
    this.#column += width;
    this.widest = Math.max(this.widest, this.#column);
  }

  #down(): void {
    this.#row++;
    if (this.#lines[this.#row] === undefined) this.#lines.push([]);
    this.#top = Math.max(this.#top, this.#row + 1 - this.#rows);
  }
}

/** A wide character that has no room goes to the next row as a whole. */
function brokenLine(cells: readonly string[], columns: number): string[][] {
  const rows: string[][] = [];
  for (let at = 0; at < cells.length || rows.length === 0; ) {
    const end = cells[at + columns] === '' ? at + columns - 1 : at + columns;
    rows.push(cells.slice(at, end));
    at = end;
  }
  return rows;
}

function sequenceAt(text: string, at: number): string {
  return /^\[[\d;?]*[A-Za-z]/.exec(text.slice(at, at + 20))?.[0] ?? '';
}

function characterAt(text: string, at: number): string {
  const some = text.slice(at, at + 40);
  // Segmenting is slow, and what is followed by plain text stands alone.
  if (/^[ -~]{2}/.test(some)) return some.charAt(0);
  return [...new Intl.Segmenter().segment(some)][0]?.segment ?? '';
}
