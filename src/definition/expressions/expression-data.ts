import { data } from '@actions/expressions';
import { NOT_JSON, parseExactJson } from '../../text/exact-json.ts';
import type { JsonValue } from '../../text/node.ts';

/** Converts a JSON value to the form of the expression library. */
export function toData(value: JsonValue | Readonly<Record<string, JsonValue>>): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) {
    const list = new data.Array();
    for (const item of value) list.add(toData(item));
    return list;
  }
  const dictionary = new ExactDictionary();
  for (const [key, item] of Object.entries(value)) dictionary.add(key, toData(item as JsonValue));
  return dictionary;
}

/**
 * Finds a key as it is written, else without regard to case. The library's own dictionary loses keys that differ only
 * in case, and keys that a plain object already has, such as `constructor`.
 */
class ExactDictionary extends data.Dictionary {
  readonly #entries = new Map<string, data.ExpressionData>();
  readonly #folded = new Map<string, data.ExpressionData>();

  override add(key: string, value: data.ExpressionData): void {
    const folded = key.toLowerCase();
    this.#entries.set(key, value);
    if (!this.#folded.has(folded)) this.#folded.set(folded, value);
  }

  override get(key: string): data.ExpressionData | undefined {
    return this.#entries.get(key) ?? this.#folded.get(key.toLowerCase());
  }

  override values(): data.ExpressionData[] {
    return [...this.#entries.values()];
  }

  override pairs(): ReturnType<data.Dictionary['pairs']> {
    return [...this.#entries].map(([key, value]) => ({ key, value }));
  }
}

/** A step as later steps see it. */
export interface EndedStep {
  readonly status: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Whether the step did its work: if so, it did not write the outputs that are missing here. */
  readonly isComplete: boolean;
}

/** `steps`: naming an output that a step did not write is a fault; a filter (`steps.*.outputs.x`) skips it. */
export function stepsData(steps: Readonly<Record<string, EndedStep>>): data.ExpressionData {
  return new StepDictionary(steps);
}

class StepDictionary extends ExactDictionary {
  readonly #steps: readonly EndedStep[];

  constructor(steps: Readonly<Record<string, EndedStep>>) {
    super();
    this.#steps = Object.values(steps);
    for (const [id, { status, outputs, isComplete }] of Object.entries(steps)) {
      const step = new ExactDictionary();
      step.add('status', new data.StringData(status));
      step.add('outputs', isComplete ? new WrittenOutputs(id, outputs) : toData(outputs));
      this.add(id, step);
    }
  }

  /** The values that a filter visits. */
  override values(): data.ExpressionData[] {
    return this.#steps.map(({ status, outputs }) => toData({ status, outputs }));
  }
}

class WrittenOutputs extends ExactDictionary {
  readonly #step: string;

  constructor(step: string, outputs: EndedStep['outputs']) {
    super();
    this.#step = step;
    for (const [name, text] of Object.entries(outputs)) this.add(name, new data.StringData(text));
  }

  override get(name: string): data.ExpressionData {
    const value = super.get(name);
    if (value === undefined) throw new DataFault(`the step "${this.#step}" did not write the output "${name}"`);
    return value;
  }
}

/** Thrown where an expression cannot use a value. The message is for the author of the expression. */
export class DataFault extends Error {}

export function fromData(value: data.ExpressionData | undefined): JsonValue {
  if (value instanceof data.StringData || value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return Number.isFinite(value.value) ? value.value : null;
  if (value instanceof data.Array) return value.values().map(fromData);
  if (!(value instanceof data.Dictionary)) return null;
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const { key, value: item } of value.pairs()) object[key] = fromData(item);
  return object;
}

/** Replace the library's own functions, which lose keys (see `ExactDictionary`) and digits. */
export const JSON_FUNCTIONS = [
  {
    name: 'fromJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[text]: data.ExpressionData[]) => {
      const read = parseExactJson(text?.coerceString() ?? '');
      if ('fault' in read)
        throw new DataFault(`fromJSON() was given ${read.fault === NOT_JSON ? 'what is not JSON' : read.fault}`);
      return toData(read.value);
    },
  },
  {
    name: 'toJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[value]: data.ExpressionData[]) => new data.StringData(JSON.stringify(fromData(value), null, 2)),
  },
];
