import { PatternAutomaton } from './pattern-automaton.ts';
import { valueForms } from './value-forms.ts';

/** The automata; what any of them finds is masked. Empty while no value is masked. */
export type Automata = readonly PatternAutomaton[];

/** How many times as many bytes a part holds as the one after it, at least. */
const RATIO = 4;

interface Part {
  readonly values: readonly Uint8Array[];
  readonly bytes: number;
  /** Made when it is first wanted; null where no value is long enough. */
  automaton?: PatternAutomaton | null;
}

/**
 * A growing set of values, such as the tokens that a step makes for each of a thousand items. Rebuilding one automaton for
 * each of them would take quadratic time; so there are a few, each of many times as many bytes as the next, and a new one
 * is made of the last few parts together (O'Neil and others, "The log-structured merge-tree", 1996).
 */
export class GrowingMasks {
  #parts: Part[];
  #automata: Automata | undefined;

  /** Lists that are handed in are kept, here and by `add`: they are not to change. */
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
