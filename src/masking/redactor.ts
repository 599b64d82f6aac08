import { ByteQueue } from './byte-queue.ts';
import { type Automata, GrowingMasks } from './growing-masks.ts';
import { PatternScan } from './pattern-scan.ts';

const MASK = new TextEncoder().encode('***');
const NOTHING = new Uint8Array(0);

interface Span {
  readonly start: number;
  readonly end: number;
}

/** One output, chunk by chunk. The results of `push` and `end` may share memory with the pushed chunk. */
export interface RedactorStream {
  /** The masked form of the bytes so far; only a possible beginning of a secret is held back. */
  push(chunk: Uint8Array): Uint8Array;
  /** The bytes that were held back. Afterwards the stream may serve another output. */
  end(): Uint8Array;
}

/**
 * Masks secret values in all their forms (value-forms.ts). Masks every byte of an occurrence; each maximal union of
 * overlapping occurrences becomes one `***`. Chunk boundaries make no difference.
 */
export class Redactor {
  readonly #masks: GrowingMasks;
  readonly #outer: Redactor | undefined;
  readonly #values: readonly Uint8Array[];
  readonly #added: Uint8Array[] = [];
  #first: Redactor | undefined;
  /** The last result, and the outer redactor's masks that it was made from. */
  #made: { readonly outer: Automata; readonly own: Automata; readonly all: Automata } | undefined;

  constructor(values: readonly Uint8Array[], outer?: Redactor) {
    this.#values = [...values];
    this.#masks = new GrowingMasks(this.#values);
    this.#outer = outer;
  }

  /** Returns a redactor that also masks these values, and all values that this one masks later. */
  with(values: readonly Uint8Array[]): Redactor {
    return new Redactor(values, this);
  }

  /** Masks these values too from now on, everywhere in the run: in open streams and in new ones. */
  add(values: readonly Uint8Array[]): void {
    if (this.#outer !== undefined) {
      this.#outer.add(values);
      return;
    }
    this.#added.push(...values);
    this.#masks.add([...values]);
  }

  /** All that it masks besides the initial values of the outermost one. */
  get later(): readonly Uint8Array[] {
    return this.#outer === undefined ? this.#added : [...this.#outer.later, ...this.#values];
  }

  /** A redactor with the initial masks of the outermost one, without later ones. */
  get beginning(): Redactor {
    if (this.#outer !== undefined) return this.#outer.beginning;
    this.#first ??= new Redactor(this.#values);
    return this.#first;
  }

  stream(): RedactorStream {
    return new MaskingStream(() => this.#current());
  }

  #current(): Automata {
    const own = this.#masks.automata();
    if (this.#outer === undefined) return own;
    const outer = this.#outer.#current();
    if (this.#made?.outer !== outer || this.#made.own !== own) this.#made = { outer, own, all: [...outer, ...own] };
    return this.#made.all;
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const stream = this.stream();
    return join([stream.push(bytes), stream.end()]);
  }

  text(text: string): string {
    return this.#current().length === 0
      ? text
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(Buffer.from(text)));
  }
}

/** Positions count bytes from the beginning of the output. */
class MaskingStream implements RedactorStream {
  readonly #current: () => Automata;
  #automata: Automata;
  /** One scan for each automaton. */
  #scans: readonly PatternScan[] = [];
  /** The occurrences that the current scan has found. */
  #found: Span[] = [];
  /** Bytes that were read but not yet returned, up to `#position`. */
  readonly #held = new ByteQueue();
  /** Disjoint unions of occurrences, in order; the last one may still grow. */
  #masks: Span[] = [];
  #position = 0;

  constructor(current: () => Automata) {
    this.#current = current;
    this.#automata = current();
    this.#begin();
  }

  /** Starts new scans at the present position. */
  #begin(): void {
    const found = (start: number, end: number): void => unite(this.#found, start, end);
    this.#scans = this.#automata.map((automaton) => new PatternScan(automaton, found, this.#position));
  }

  push(chunk: Uint8Array): Uint8Array {
    const automata = this.#current();
    if (automata === this.#automata) return this.#read(chunk);
    this.#automata = automata;
    const held = this.#takeBack();
    return join([this.#read(held), this.#read(chunk)]);
  }

  #read(chunk: Uint8Array): Uint8Array {
    if (this.#automata.length === 0) return chunk;
    const all: Span[] = [];
    this.#position += chunk.length;
    let certain = this.#position;
    for (const scan of this.#scans) {
      this.#found = [];
      scan.read(chunk);
      for (const one of this.#found) all.push(one);
      certain = Math.min(certain, scan.certain);
    }
    if (this.#scans.length > 1) all.sort((a, b) => a.end - b.end);
    for (const { start, end } of all) unite(this.#masks, start, end);
    return this.#say(chunk, certain);
  }

  /**
   * Returns the held bytes, to be read again: every later occurrence begins in or after them. Occurrences that began
   * before them remain.
   */
  #takeBack(): Uint8Array {
    const held = this.#held.slice(0, this.#held.length);
    this.#held.drop(held.length);
    this.#position -= held.length;
    this.#begin();
    // Occurrences that begin in those bytes are found again.
    this.#masks = this.#masks.filter(({ start }) => start < this.#position);
    return held;
  }

  end(): Uint8Array {
    const more = this.push(NOTHING);
    const rest = this.#say(NOTHING, this.#position);
    this.#begin();
    return join([more, rest]);
  }

  /** Returns all certain bytes: no later occurrence begins before `safe`. Holds the rest of the chunk. */
  #say(chunk: Uint8Array, safe: number): Uint8Array {
    const base = this.#position - chunk.length;
    let cursor = base - this.#held.length;
    const pieces: Uint8Array[] = [];
    const sayPlain = (to: number): void => {
      if (cursor < Math.min(to, base)) pieces.push(this.#held.slice(0, Math.min(to, base) - cursor));
      this.#held.drop(Math.max(0, Math.min(to, base) - cursor));
      if (Math.max(cursor, base) < to) pieces.push(chunk.subarray(Math.max(cursor, base) - base, to - base));
      cursor = Math.max(cursor, to);
    };
    const skip = (to: number): void => {
      this.#held.drop(Math.max(0, to - cursor));
      cursor = Math.max(cursor, to);
    };

    let said = 0;
    for (const mask of this.#masks) {
      if (mask.end > safe) break;
      sayPlain(mask.start);
      skip(mask.end);
      pieces.push(MASK);
      said += 1;
    }
    if (said > 0) this.#masks.splice(0, said);
    sayPlain(Math.min(safe, this.#masks[0]?.start ?? safe));
    skip(safe);
    if (safe < this.#position) this.#held.append(chunk.subarray(Math.max(cursor, base) - base));
    return join(pieces);
  }
}

/** Adds an occurrence to disjoint unions that are in order. It begins in the last union or ends after it. */
function unite(unions: Span[], start: number, end: number): void {
  let [from, to] = [start, end];
  for (let last = unions.at(-1); last !== undefined && last.end > start; last = unions.at(-1)) {
    from = Math.min(from, last.start);
    to = Math.max(to, last.end);
    unions.pop();
  }
  unions.push({ start: from, end: to });
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const solid = pieces.filter((piece) => piece.length > 0);
  return solid.length <= 1 ? (solid[0] ?? NOTHING) : Buffer.concat(solid);
}
