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
  /** Whether nothing is masked. */
  readonly empty: boolean;
  readonly #values: readonly Uint8Array[];
  readonly #automaton: PatternAutomaton;

  constructor(values: readonly Uint8Array[]) {
    this.#values = values;
    const patterns = values.flatMap(valueForms);
    this.empty = patterns.length === 0;
    this.#automaton = new PatternAutomaton(patterns);
  }

  /** One that masks these too. */
  with(values: readonly Uint8Array[]): Redactor {
    return new Redactor([...this.#values, ...values]);
  }

  stream(): RedactorStream {
    return this.empty ? { push: (chunk) => chunk, end: () => NOTHING } : new MaskingStream(this.#automaton);
  }

  bytes(bytes: Uint8Array): Uint8Array {
    const stream = this.stream();
    return join([stream.push(bytes), stream.end()]);
  }

  text(text: string): string {
    return this.empty ? text : new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes(Buffer.from(text)));
  }
}

/** Positions count bytes from the beginning of the output. */
class MaskingStream implements RedactorStream {
  readonly #automaton: PatternAutomaton;
  /** Read and not yet said, up to `#position`. */
  readonly #held = new ByteQueue();
  /** Unions of occurrences, apart from each other and in order, of which the last may still grow. */
  #masks: { start: number; end: number }[] = [];
  #state = 0;
  #position = 0;

  constructor(automaton: PatternAutomaton) {
    this.#automaton = automaton;
  }

  push(chunk: Uint8Array): Uint8Array {
    const base = this.#position;
    this.#state = this.#automaton.scan(chunk, this.#state, (end, length) =>
      this.#mask(base + end - length, base + end),
    );
    this.#position = base + chunk.length;
    return this.#say(chunk, this.#position - this.#automaton.pending(this.#state));
  }

  end(): Uint8Array {
    this.#state = 0;
    return this.#say(NOTHING, this.#position);
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
