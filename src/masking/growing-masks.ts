import { PatternAutomaton } from './pattern-automaton.ts';
import { valueForms } from './value-forms.ts';

/** The automata; matches of any of them are masked. Empty while no value is masked. */
export type Automata = readonly PatternAutomaton[];

/** The minimum ratio of the bytes in one part to those in the next. */
const RATIO = 4;

interface Part {
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
  /** Made on first use; null where no value is long enough. */
  automaton?: PatternAutomaton | null;
}

/**
 * A growing set of values, such as the tokens that a step makes for each of a thousand items. Rebuilding one automaton
 * for each value would take quadratic time. So the set has a few parts with an automaton each, every part many times
 * larger than the next, and the last few parts are merged into a new one (O'Neil and others, "The log-structured
 * merge-tree", 1996).
 */
export class GrowingMasks {
  #parts: Part[];
  #automata: Automata | undefined;

  /** Lists passed here and to `add` are kept: callers must not change them. */
  constructor(values: readonly Uint8Array[]) {
    this.#parts = values.length === 0 ? [] : [partOf(values)];
  }

  add(values: readonly Uint8Array[]): void {
    if (values.length === 0) return;
    let last = partOf(values);
    for (let before = this.#parts.at(-1); before !== undefined; before = this.#parts.at(-1)) {
      if (before.bytes >= RATIO * last.bytes) break;
      this.#parts.pop();
      last = partOf([...before.values, ...last.values]);
    }
    this.#parts.push(last);
    this.#automata = undefined;
  }

  /** The same array until something is added. */
  automata(): Automata {
    this.#automata ??= this.#parts.flatMap((part) => automatonOf(part) ?? []);
    return this.#automata;
  }
}

function partOf(values: readonly Uint8Array[]): Part {
  return { values, bytes: values.reduce((sum, { length }) => sum + length, 0) };
}

function automatonOf(part: Part): PatternAutomaton | null {
  if (part.automaton === undefined) {
    const patterns = part.values.flatMap(valueForms);
    part.automaton = patterns.length === 0 ? null : new PatternAutomaton(patterns);
  }
  return part.automaton;
}
