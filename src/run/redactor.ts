import { ByteQueue } from './byte-queue.ts';
import { PatternAutomaton } from './pattern-automaton.ts';
import { valueForms } from './value-forms.ts';

const MASK = new TextEncoder().encode('***');
const NOTHING = new Uint8Array(0);

/** One output, chunk by chunk. What `push` and `end` return may share memory with the chunk that was pushed. */
export interface RedactorStream {
  /** The masked form of what can be said of the bytes so far; only a possible beginning of a secret is held back. */
  push(chunk: Uint8Array): Uint8Array;
  /** What was held back. The stream may be used for another output then. */
  end(): Uint8Array;
}

/**
 * Masks secret values in all their forms (value-forms.ts). Every byte that belongs to an occurrence of one is masked, and
 * each maximal union of overlapping occurrences becomes one `***`; how the bytes are cut into chunks makes no difference.
 */
export class Redactor {
  readonly #values: Uint8Array[];
  readonly #outer: Redactor | undefined;
  readonly #began: number;
  #first: Redactor | undefined;
  #added = 0;
  #automaton: PatternAutomaton | null = null;
  #madeOf = -1;

  constructor(values: readonly Uint8Array[], outer?: Redactor) {
    this.#values = [...values];
    this.#outer = outer;
    this.#began = values.length;
  }

  /** One that masks these too, and whatever this one comes to mask. */
  with(values: readonly Uint8Array[]): Redactor {
    return new Redactor(values, this);
  }

  /** From now on these are masked too, everywhere in the run: in what goes on as in what begins. */
  add(values: readonly Uint8Array[]): void {
    if (this.#outer !== undefined) this.#outer.add(values);
    else if (values.length > 0) {
      this.#values.push(...values);
      this.#added += 1;
    }
  }

  /** One that masks what the outermost began with, and nothing that came to it. */
  get beginning(): Redactor {
    if (this.#outer !== undefined) return this.#outer.beginning;
    this.#first ??= new Redactor(this.#values.slice(0, this.#began));
    return this.#first;
  }

  stream(): RedactorStream {
    return new MaskingStream(() => this.#current());
  }

  /** Null while nothing is masked. */
  #current(): PatternAutomaton | null {
    const made = this.#generation();
    if (this.#madeOf === made) return this.#automaton;
    this.#madeOf = made;
    const patterns = this.#all().flatMap(valueForms);
    this.#automaton = patterns.length === 0 ? null : new PatternAutomaton(patterns);
    return this.#automaton;
  }

  #generation(): number {
    return this.#outer === undefined ? this.#added : this.#added + this.#outer.#generation();
  }

  #all(): Uint8Array[] {
    return this.#outer === undefined ? this.#values : [...this.#outer.#all(), ...this.#values];
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const stream = this.stream();
    return join([stream.push(bytes), stream.end()]);
  }

  text(text: string): string {
    return this.#current() === null
      ? text
      : new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(Buffer.from(text)));
  }
}

/** Positions count bytes from the beginning of the output. */
class MaskingStream implements RedactorStream {
  readonly #current: () => PatternAutomaton | null;
  #automaton: PatternAutomaton | null;
  /** Read and not yet said, up to `#position`. */
  readonly #held = new ByteQueue();
  /** Unions of occurrences, apart from each other and in order, of which the last may still grow. */
  #masks: { start: number; end: number }[] = [];
  #state = 0;
  #position = 0;

  /** @param current null while nothing is masked */
  constructor(current: () => PatternAutomaton | null) {
    this.#current = current;
    this.#automaton = current();
  }

  push(chunk: Uint8Array): Uint8Array {
    const automaton = this.#current();
    if (automaton === this.#automaton) return this.#read(chunk);
    this.#automaton = automaton;
    const held = this.#takeBack();
    return join([this.#read(held), this.#read(chunk)]);
  }

  #read(chunk: Uint8Array): Uint8Array {
    const automaton = this.#automaton;
    if (automaton === null) return chunk;
    const base = this.#position;
    this.#state = automaton.scan(chunk, this.#state, (end, length) => this.#mask(base + end - length, base + end));
    this.#position = base + chunk.length;
    return this.#say(chunk, this.#position - automaton.pending(this.#state));
  }

  /** What is held, to be read again: every occurrence to come begins in it or after it, and those found so far stay. */
  #takeBack(): Uint8Array {
    const held = this.#held.slice(0, this.#held.length);
    this.#held.drop(held.length);
    this.#position -= held.length;
    this.#state = 0;
    return held;
  }

  end(): Uint8Array {
    const more = this.push(NOTHING);
    this.#state = 0;
    return join([more, this.#say(NOTHING, this.#position)]);
  }

  #mask(start: number, end: number): void {
    let from = start;
    for (let last = this.#masks.at(-1); last !== undefined && last.end > start; last = this.#masks.at(-1)) {
      from = Math.min(from, last.start);
      this.#masks.pop();
    }
    this.#masks.push({ start: from, end });
  }

  /** Says all that is certain: no occurrence to come begins before `safe`. The rest of the chunk is held. */
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

function join(pieces: readonly Uint8Array[]): Uint8Array {
  const solid = pieces.filter((piece) => piece.length > 0);
  return solid.length <= 1 ? (solid[0] ?? NOTHING) : Buffer.concat(solid);
}
