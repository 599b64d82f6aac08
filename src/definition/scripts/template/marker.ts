/** Where a hole stands in a text. */
export interface HoleSpot {
  /** Its index among the holes of the script. */
  readonly hole: number;
  readonly start: number;
  readonly end: number;
}

/** More are refused: what a script costs to read grows with them. */
export const MOST_HOLES = 1_000;

const DIGITS = 4;
const TAIL = 'zQ';

/**
 * The stand-in for a hole while a script is parsed: an identifier of fixed length that the script itself does not hold.
 */
export class Marker {
  readonly prefix: string;
  readonly length: number;

  constructor(script: string) {
    let nonce = 0;
    do this.prefix = `Qz${(nonce++).toString(36)}h`;
    while (script.includes(this.prefix));
    this.length = this.prefix.length + DIGITS + TAIL.length;
  }

  of(hole: number): string {
    return this.prefix + String(hole).padStart(DIGITS, '0') + TAIL;
  }

  isIn(text: string): boolean {
    return text.includes(this.prefix);
  }

  /** Whether a text is made of holes alone. */
  isAll(text: string): boolean {
    return this.findAll(text).length * this.length === text.length;
  }

  /** In order. */
  findAll(text: string): HoleSpot[] {
    const found: HoleSpot[] = [];
    for (let start = text.indexOf(this.prefix); start !== -1; start = text.indexOf(this.prefix, start + 1)) {
      const digits = start + this.prefix.length;
      found.push({ hole: Number(text.slice(digits, digits + DIGITS)), start, end: start + this.length });
    }
    return found;
  }

  /** @param text what to write in place of a hole */
  replaceAll(script: string, text: (hole: number) => string): string {
    let out = '';
    let position = 0;
    for (const { hole, start, end } of this.findAll(script)) {
      out += script.slice(position, start) + text(hole);
      position = end;
    }
    return out + script.slice(position);
  }
}
