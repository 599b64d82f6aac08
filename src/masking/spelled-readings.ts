import { QUOTING, readSpelling, SPELLING_STARTS } from './spellings.ts';
import { SHORTEST_FORM } from './value-forms.ts';

/** What an automaton reports about its states. */
export interface States {
  step(state: number, byte: number): number;
  /** How many of the bytes read last lead to the state. */
  depth(state: number): number;
  /** The longest pattern that ends at the state; 0 where none does. */
  longest(state: number): number;
  pending(state: number): number;
}

/** Receives an occurrence: where it begins and ends in the output, and the state that it leads to. */
export type Found = (start: number, end: number, state: number) => void;

/** From the byte numbered `index` of what is read, up to the next mark, each byte stands in the output as it is, from `at` on. */
interface Mark {
  readonly index: number;
  readonly at: number;
  readonly before: Mark | undefined;
}

/** A way to read the output in which something near its end is a spelling or a quote and not the bytes as they are. */
interface Reading {
  readonly state: number;
  /** How many bytes it has read, spelled ones counted as what they spell. */
  readonly count: number;
  readonly marks: Mark | undefined;
  /** No reported occurrence begins before this. */
  readonly from: number;
  /** A spelling that has begun, or LINE_BREAK after one that is passed over. */
  readonly token: string;
}

const LINE_BREAK = '\n';
const NO_KIND = 0;
const QUOTE = 1;
const START = 2;
const PLUS = 4;
const BREAK = 8;
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** What each byte may be beside itself. */
export const KIND_OF_BYTE = new Uint8Array(256);
for (const character of QUOTING) KIND_OF_BYTE[character.charCodeAt(0)] = QUOTE;
for (const character of SPELLING_STARTS)
  KIND_OF_BYTE[character.charCodeAt(0)] = (KIND_OF_BYTE[character.charCodeAt(0)] ?? 0) | START;
KIND_OF_BYTE[0x2b] = PLUS;
KIND_OF_BYTE[0x0a] = BREAK;
KIND_OF_BYTE[0x0d] = BREAK;

/** More than any output has that means no harm; it bounds the work for a byte. */
const MOST_READINGS = 32;

/**
 * The other ways to read an output beside its bytes as they are: characters may be spelled (spellings.ts), quotes and
 * backslashes may belong to a quoting, and a line break within a long encoded form to its layout. So a value is found for
 * every set of characters that a program escapes, without a list of programs.
 *
 * A reading continues as long as the part that it has read differently may belong to an occurrence.
 */
export class SpelledReadings {
  readonly #states: States;
  readonly #found: Found;
  #readings: Reading[] = [];
  #next: Reading[] = [];

  /** `found` gets each occurrence that is not one of the bytes as they are. */
  constructor(states: States, found: Found) {
    this.#states = states;
    this.#found = found;
  }

  get isIdle(): boolean {
    return this.#readings.length === 0;
  }

  /** Reads the byte at a position of the output, before which the bytes as they are lead to `state`. */
  read(byte: number, at: number, state: number): void {
    for (const reading of this.#readings) this.#go(reading, byte, at);
    if (KIND_OF_BYTE[byte] !== NO_KIND)
      this.#branch({ state, count: at, marks: undefined, from: 0, token: '' }, byte, at);
    [this.#readings, this.#next] = [this.#next, this.#readings];
    this.#next.length = 0;
  }

  /** Where the first occurrence begins that may yet be found, given how much has been read; that end where there is none. */
  pendingFrom(end: number): number {
    return this.#readings.reduce(
      (first, one) => Math.min(first, sourceOf(one.count - this.#states.pending(one.state), one)),
      end,
    );
  }

  /** Forgets what lies before the part of a reading that matters. */
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

  /** All that the byte may be but itself. */
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
   * A line ends that may hold the beginning of an encoded form. Nearly every line ends with the first byte of some pattern, so
   * the few bytes of a short beginning are not held back, and only what the next line has is masked.
   */
  #breakLine(reading: Reading, at: number): void {
    const depth = this.#states.depth(reading.state);
    const next = passedOver(reading, at, LINE_BREAK);
    if (depth > 0) this.#add(depth < SHORTEST_FORM ? { ...next, from: at + 1 } : next);
  }

  /** A spelling that ends at a position is read as what it spells. */
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

/** The reading in which a byte belongs to the layout and not to what is written. */
function passedOver(reading: Reading, at: number, token: string): Reading {
  const { count, marks, from, token: passed } = reading;
  const before = marks?.index === count ? marks.before : marks;
  // Blanks after a break that is not held back are not held back either.
  const isShown = passed === LINE_BREAK && from === marks?.at;
  return { ...reading, marks: { index: count, at: at + 1, before }, from: isShown ? at + 1 : from, token };
}

/** Where a byte that was read stands in the output. */
function sourceOf(index: number, { marks, from }: Reading): number {
  let mark = marks;
  while (mark !== undefined && mark.index > index) mark = mark.before;
  return Math.max(from, mark === undefined ? index : mark.at + index - mark.index);
}

/** Keeps only what concerns bytes from `start` on. */
function trimmed(mark: Mark | undefined, start: number): Mark | undefined {
  const kept: Mark[] = [];
  let one = mark;
  for (; one !== undefined && one.index > start; one = one.before) kept.push(one);
  let last: Mark | undefined = one && { index: one.index, at: one.at, before: undefined };
  for (const { index, at } of kept.reverse()) last = { index, at, before: last };
  return last;
}
