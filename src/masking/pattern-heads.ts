import { QUOTING, SPELLING_STARTS, waysOf } from './spellings.ts';

/** The length of a gram: three consecutive bytes. */
const GRAM = 3;
const GRAMS = 1 << 18;
/** Longer heads allow wider windows but cause more chance matches. Measured with 1 to 1,000 secrets. */
const LONGEST_HEAD = 16;

const QUOTES = bytesOf(QUOTING).map((byte) => Uint8Array.of(byte));
const BLANKS = bytesOf(' \t');
const LINE_BREAKS = [...waysOf('\n').spellings, ...waysOf('\r').spellings];
const LAYOUT = [...BLANKS.map((blank) => Uint8Array.of(blank)), ...LINE_BREAKS];
const LONG_BREAKS = LINE_BREAKS.filter(({ length }) => length > 1);
const LINE_ENDS = bytesOf('\r\n');
/** The first bytes of a line break. */
const BREAK_STARTS = bytesOf(`\r\n${SPELLING_STARTS}`);
/** The byte before a line, and the last two: they end a line break or the blanks after it. */
const BREAK_ENDS = [...new Set([...BLANKS, ...LINE_BREAKS.map((one) => one.at(-1) ?? 0)])];
const BREAK_END_PAIRS: readonly Pair[] = [
  ...bytesOf(' \t\r\n').flatMap((first) => bytesOf(' \t\r\n').map((second) => [first, second] as const)),
  ...LONG_BREAKS.flatMap((one) => [
    [one.at(-2) ?? 0, one.at(-1) ?? 0] as const,
    ...BLANKS.map((blank) => [one.at(-1) ?? 0, blank] as const),
  ]),
];
/** The first two bytes after a line. */
const BREAK_START_PAIRS: readonly Pair[] = [
  ...bytesOf('\r\n').flatMap((first) => bytesOf(` \t\r\n${SPELLING_STARTS}`).map((second) => [first, second] as const)),
  ...LONG_BREAKS.map((one) => [one[0] ?? 0, one[1] ?? 0] as const),
];

type Pair = readonly [first: number, second: number];

/** At most the last two bytes read, as the digits of a number in base 256 after a leading 1. */
type Tail = number;
const NOTHING: Tail = 1;

/**
 * The beginnings of patterns, in all spellings, quotings and line breaks, as grams: most of an output contains none of
 * them and is skipped unread. It is enough to look at the last gram of each window: if windows are as long as the
 * shortest head, every run of grams as long as a head is noticed.
 */
export class PatternHeads {
  readonly #grams = breakGrams().slice();
  readonly #head: number;
  readonly #window: number;
  /** The bytes next to which the table has all line breaks. */
  readonly #broken = new Uint8Array(256);

  /** No pattern is shorter than SHORTEST_FORM. */
  constructor(patterns: readonly Uint8Array[]) {
    this.#head = patterns.reduce((head, { length }) => Math.min(head, length), LONGEST_HEAD);
    this.#window = this.#head - GRAM + 1;
    for (const pattern of patterns) this.#add(pattern);
  }

  /** Returns a position from `begin` on that no occurrence begins before. None has begun before `begin`. */
  skip(bytes: Uint8Array, begin: number): number {
    const window = this.#window;
    let at = begin;
    for (;;) {
      let from = nextGram(this.#grams, bytes, at + window - 1, window);
      at = from - window + 1;
      if (from + GRAM > bytes.length) return at;
      let to = from + 1;
      while (from > at && this.#has(bytes, from - 1)) from--;
      while (to < from + window && to + GRAM <= bytes.length && this.#has(bytes, to)) to++;
      if (to === from + window || to + GRAM > bytes.length) return from;
      at = to + 1;
    }
  }

  #has(bytes: Uint8Array, at: number): boolean {
    return this.#grams[slotOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)] !== 0;
  }

  #add(pattern: Uint8Array): void {
    const head = pattern.subarray(0, this.#head);
    read(this.#grams, [NOTHING], head);
    for (const [at, byte] of head.entries()) this.#addBreaks(head[at - 1], byte, head[at + 1]);
    const characters = [...new TextDecoder().decode(pattern.subarray(0, this.#head + 3))];
    if (characters.some(isSpelled)) this.#addSpelled(characters);
  }

  /** A line may begin or end with any byte of a head. */
  #addBreaks(before: number | undefined, byte: number, after: number | undefined): void {
    if (before !== undefined) for (const start of BREAK_STARTS) this.#addGram(before, byte, start);
    if (after !== undefined) for (const end of BREAK_ENDS) this.#addGram(end, byte, after);
    if (after !== undefined) for (const end of LINE_ENDS) this.#addGram(byte, end, after);
    if (this.#broken[byte] !== 0) return;
    this.#broken[byte] = 1;
    for (const [first, second] of BREAK_START_PAIRS) this.#addGram(byte, first, second);
    for (const [first, second] of BREAK_END_PAIRS) this.#addGram(first, second, byte);
    for (const end of BREAK_ENDS) for (const start of BREAK_STARTS) this.#addGram(end, byte, start);
  }

  #addGram(first: number, second: number, third: number): void {
    this.#grams[slotOf(first, second, third)] = 1;
  }

  /** Adds the spellings of a head, but not of its letters and digits: looking for those would slow everything down. */
  #addSpelled(characters: readonly string[]): void {
    let tails: readonly Tail[] = [NOTHING];
    for (const [at, character] of characters.entries()) {
      if (at > 0 && (isSpelled(character) || isSpelled(characters[at - 1] ?? ''))) tails = this.#readQuotes(tails);
      const { spellings } = waysOf(character);
      tails = readAny(this.#grams, tails, spellings);
      for (const spelling of spellings)
        if (spelling.length > 1) {
          this.#addBreaks(spelling.at(-2), spelling.at(-1) ?? 0, undefined);
          this.#addBreaks(undefined, spelling[0] ?? 0, spelling[1]);
        }
    }
  }

  /** Reads any number of quotes. */
  #readQuotes(tails: readonly Tail[]): readonly Tail[] {
    const all = new Set(tails);
    for (let fresh = tails; fresh.length > 0; ) {
      fresh = readAny(this.#grams, fresh, QUOTES).filter((tail) => !all.has(tail));
      for (const tail of fresh) all.add(tail);
    }
    return [...all];
  }
}

/**
 * The position of the first gram of the table at `from` or whole steps after it, or a position too near the end for a
 * gram. A separate loop over the single index that it reads runs twice as fast.
 */
function nextGram(grams: Uint8Array, bytes: Uint8Array, from: number, step: number): number {
  const last = bytes.length - GRAM;
  let at = from;
  while (at <= last && grams[slotOf(bytes[at] ?? 0, bytes[at + 1] ?? 0, bytes[at + 2] ?? 0)] === 0) at += step;
  return at;
}

function readAny(grams: Uint8Array, tails: readonly Tail[], pieces: readonly Uint8Array[]): readonly Tail[] {
  return [...new Set(pieces.flatMap((piece) => read(grams, tails, piece)))];
}

/** Adds the grams that end in the piece, after any of the tails. */
function read(grams: Uint8Array, tails: readonly Tail[], piece: Uint8Array): Tail[] {
  return tails.map((tail) => {
    let now = tail;
    for (const byte of piece) {
      if (now >= 1 << 16) grams[slotOf((now >> 8) & 0xff, now & 0xff, byte)] = 1;
      now = now >= 1 << 8 ? (1 << 16) | ((now & 0xff) << 8) | byte : (now << 8) | byte;
    }
    return now;
  });
}

let breaks: Uint8Array | undefined;

/** The grams of every table: line breaks and the blanks after them. */
function breakGrams(): Uint8Array {
  if (breaks !== undefined) return breaks;
  const grams = new Uint8Array(GRAMS);
  let tails: readonly Tail[] = [NOTHING];
  for (let pieces = 0; pieces < GRAM; pieces++) tails = readAny(grams, tails, LAYOUT);
  breaks = grams;
  return grams;
}

function bytesOf(text: string): number[] {
  return [...Buffer.from(text)];
}

/**
 * The slot of a gram in the table: multiplicative hashing (Knuth, "The Art of Computer Programming", volume 3, 6.4).
 */
function slotOf(first: number, second: number, third: number): number {
  return Math.imul((first << 16) | (second << 8) | third, 0x9e3779b1) >>> 14;
}

function isSpelled(character: string): boolean {
  return waysOf(character).spellings.length > 1;
}
