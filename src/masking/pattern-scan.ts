import type { PatternAutomaton } from './pattern-automaton.ts';
import { type Found, SpelledReadings } from './spelled-readings.ts';

/** Looks for patterns in one output, chunk by chunk. Positions count bytes from its beginning. */
export class PatternScan {
  readonly #automaton: PatternAutomaton;
  readonly #readings: SpelledReadings;
  readonly #found: Found;
  #state = 0;
  #position: number;

  /** Calls `found` for every occurrence, literal or spelled (spelled-readings.ts), in the order of their ends. */
  constructor(automaton: PatternAutomaton, found: Found, position = 0) {
    this.#automaton = automaton;
    this.#readings = new SpelledReadings(automaton, found);
    this.#position = position;
    this.#found = found;
  }

  read(chunk: Uint8Array): void {
    this.#state = this.#automaton.scan(chunk, this.#state, this.#position, this.#readings, this.#found);
    this.#readings.trim();
    this.#position += chunk.length;
  }

  /** The earliest position where an occurrence may still begin: everything before it is certain. */
  get certain(): number {
    return this.#readings.pendingFrom(this.#position - this.#automaton.pending(this.#state));
  }
}
