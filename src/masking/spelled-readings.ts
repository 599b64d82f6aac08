import { QUOTING, readSpelling, SPELLING_STARTS } from './spellings.ts';
import { SHORTEST_FORM } from './value-forms.ts';

/** Properties of the states of an automaton. */
export interface States {
  step(state: number, byte: number): number;
  /** The number of bytes read last that lead to the state. */
  depth(state: number): number;
  /** The length of the longest pattern that ends at the state; 0 if no pattern does. */
  longest(state: number): number;
  pending(state: number): number;
}

/** Receives an occurrence: its start and end in the output, and the state that it leads to. */
export type Found = (start: number, end: number, state: number) => void;

/** From the byte at `index` of the reading up to the next mark, each byte is in the output unchanged, from `at` on. */
interface Mark {
  readonly index: number;
  readonly at: number;
  readonly before: Mark | undefined;
}

/** A way to read the output in which something near its end is a spelling or a quote, not literal bytes. */
interface Reading {
  readonly state: number;
  /** The number of bytes read; spellings count as the bytes that they spell. */
  readonly count: number;
  readonly marks: Mark | undefined;
  /** No reported occurrence begins before this. */
  readonly from: number;
  /** An incomplete spelling, or LINE_BREAK after a skipped line break. */
  readonly token: string;
}

const LINE_BREAK = '\n';
const NO_KIND = 0;
const QUOTE = 1;
const START = 2;
const PLUS = 4;
const BREAK = 8;
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The other meanings that each byte can have. */
export const KIND_OF_BYTE = new Uint8Array(256);
for (const character of QUOTING) KIND_OF_BYTE[character.charCodeAt(0)] = QUOTE;
for (const character of SPELLING_STARTS)
  KIND_OF_BYTE[character.charCodeAt(0)] = (KIND_OF_BYTE[character.charCodeAt(0)] ?? 0) | START;
KIND_OF_BYTE[0x2b] = PLUS;
KIND_OF_BYTE[0x0a] = BREAK;
KIND_OF_BYTE[0x0d] = BREAK;

/** More than any harmless output needs; limits the work for a byte. */
const MOST_READINGS = 32;

/**
 * The ways to read an output other than as literal bytes: characters may be spelled (spellings.ts), quotes and
 * backslashes may belong to a quoting, and a line break within a long encoded form to its layout. So a value is found
 * whichever set of characters a program escapes, without a list of programs.
 *
 * A reading continues as long as the part that differs from the literal bytes may belong to an occurrence.
 */
export class SpelledReadings {
  readonly #states: States;
  readonly #found: Found;
  #readings: Reading[] = [];
  #next: Reading[] = [];

  /** `found` receives each occurrence that is not made of literal bytes. */
  constructor(states: States, found: Found) {
    this.#states = states;
    this.#found = found;
  }

  get isIdle(): boolean {
    return this.#readings.length === 0;
  }

  /** Reads the byte at a position of the output. The literal bytes before it lead to `state`. */
  read(byte: number, at: number, state: number): void {
    for (const reading of this.#readings) this.#go(reading, byte, at);
    if (KIND_OF_BYTE[byte] !== NO_KIND)
      this.#branch({ state, count: at, marks: undefined, from: 0, token: '' }, byte, at);
    [this.#readings, this.#next] = [this.#next, this.#readings];
    this.#next.length = 0;
  }

  /** The earliest position before `end` (the bytes read so far) where an occurrence may still begin; else `end`. */
  pendingFrom(end: number): number {
    return this.#readings.reduce(
      (first, one) => Math.min(first, sourceOf(one.count - this.#states.pending(one.state), one)),
      end,
    );
  }

  /** Removes data from before the relevant part of each reading. */
  trim(): void {
    this.#readings = this.#readings.map((one) => ({
      ...one,
      marks: trimmed(one.marks, one.count - this.#states.depth(one.state)),
    }));
  }

  #go(reading: Reading, byte: number, at: number): void {
    const { token } = reading;
    if (token === LINE_BREAK && BLANKS.has(byte)) this.#add(passedOver(reading, at, LINE_BREAK));
    else if (token !== '' && token !== LINE_BREAK) this.#spell(reading, token + String.fromCharCode(byte), at);
    else {
      const plain = token === '' ? reading : { ...reading, token: '' };
      this.#step(plain, byte, at);
      this.#branch(plain, byte, at);
    }
  }

  #step(reading: Reading, byte: number, at: number): void {
    const state = this.#states.step(reading.state, byte);
    const next = { ...reading, state, count: reading.count + 1 };
    this.#say(next, at + 1);
    this.#add(next);
  }

  /** Adds readings for all other meanings of the byte. */
  #branch(reading: Reading, byte: number, at: number): void {
    const kind = KIND_OF_BYTE[byte] ?? NO_KIND;
    if (kind === NO_KIND) return;
    const depth = this.#states.depth(reading.state);
    if ((kind & QUOTE) !== 0 && depth > 0) this.#add(passedOver(reading, at, ''));
    if ((kind & START) !== 0) this.#add({ ...reading, token: String.fromCharCode(byte) });
    if ((kind & PLUS) !== 0) this.#take(reading, Uint8Array.of(0x20), at);
    if ((kind & BREAK) !== 0) this.#breakLine(reading, at);
  }

  #spell(reading: Reading, token: string, at: number): void {
    const read = readSpelling(token);
    if (read === 'more') this.#add({ ...reading, token });
    const plain = { ...reading, token: '' };
    for (const bytes of read === 'more' ? [] : read) {
      this.#take(plain, bytes, at);
      if (KIND_OF_BYTE[bytes[0] ?? 0] === BREAK) this.#breakLine(plain, at);
    }
  }

  /**
   * Handles the end of a line that may hold the beginning of an encoded form. Nearly every line ends with the first
   * byte of some pattern, so the few bytes of a short beginning are not held back, and only their continuation in the
   * next line is masked.
   */
  #breakLine(reading: Reading, at: number): void {
    const depth = this.#states.depth(reading.state);
    const next = passedOver(reading, at, LINE_BREAK);
    if (depth > 0) this.#add(depth < SHORTEST_FORM ? { ...next, from: at + 1 } : next);
  }

  /** Reads a spelling that ends at a position as the bytes that it spells. */
  #take(reading: Reading, bytes: Uint8Array, at: number): void {
    const { state, count, marks: before } = reading;
    let now = state;
    for (const byte of bytes) now = this.#states.step(now, byte);
    const index = count + bytes.length;
    const next = { ...reading, state: now, count: index, marks: { index, at: at + 1, before } };
    this.#say(next, at + 1);
    this.#add(next);
  }

  #say(reading: Reading, end: number): void {
    const { state, count } = reading;
    const length = this.#states.longest(state);
    if (length > 0) this.#found(sourceOf(count - length, reading), end, state);
  }

  #add(reading: Reading): void {
    const { state, token, count, marks } = reading;
    const start = count - this.#states.depth(state);
    if (token === '' && (marks === undefined || start >= marks.index)) return;
    if (this.#next.length >= MOST_READINGS) return;
    if (this.#next.some((one) => one.state === state && one.token === token)) return;
    this.#next.push(reading);
  }
}

/** The reading in which a byte belongs to the layout and not to the content. */
function passedOver(reading: Reading, at: number, token: string): Reading {
  const { count, marks, from, token: passed } = reading;
  const before = marks?.index === count ? marks.before : marks;
  // If a break is not held back, the blanks after it are not held back either.
  const isShown = passed === LINE_BREAK && from === marks?.at;
  return { ...reading, marks: { index: count, at: at + 1, before }, from: isShown ? at + 1 : from, token };
}

/** The position in the output of a byte that was read. */
function sourceOf(index: number, { marks, from }: Reading): number {
  let mark = marks;
  while (mark !== undefined && mark.index > index) mark = mark.before;
  return Math.max(from, mark === undefined ? index : mark.at + index - mark.index);
}

/** Keeps only marks that concern bytes from `start` on. */
function trimmed(mark: Mark | undefined, start: number): Mark | undefined {
  const kept: Mark[] = [];
  let one = mark;
  for (; one !== undefined && one.index > start; one = one.before) kept.push(one);
  let last: Mark | undefined = one && { index: one.index, at: one.at, before: undefined };
  for (const { index, at } of kept.reverse()) last = { index, at, before: last };
  return last;
}
