import type { JsonValue } from '../../../text/node.ts';
import type { Location } from '../../../text/problem.ts';
import { Marker, MOST_HOLES } from './marker.ts';
import type { ArgumentPart, ScriptPart, ScriptTest } from './template.ts';

export type Values = Readonly<Record<string, JsonValue>>;

/** A place of the script that a value goes to. */
export interface Hole {
  readonly argument: string;
  /** The index of the list item, inside a `range`. */
  readonly item?: number;
  readonly via: ArgumentPart['via'];
  readonly action: string;
  readonly line: number;
  readonly at: () => Location;
}

/** The one text that runs, with a marker in place of each hole: conditions and loops are settled, and no value is in it. */
export interface ResolvedScript {
  readonly text: string;
  readonly holes: readonly Hole[];
  readonly marker: Marker;
  /** It has more holes, or is longer, than a script may be. */
  readonly hasTooMany: boolean;
}

/** Without values, for `check`: every `if` true and each `range` once, or every `if` false and no `range` at all. */
export type Sides = 'true' | 'false';

export function resolveTemplate(parts: readonly ScriptPart[], values: Values | Sides): ResolvedScript {
  const resolver = new Resolver(values);
  resolver.put(parts);
  return resolver.result();
}

/** What a `range` may make of a script. */
const LONGEST = 4 * 1024 * 1024;

class Resolver {
  readonly #values: Values | Sides;
  /** Texts, and indexes of holes. */
  readonly #pieces: (string | number)[] = [];
  readonly #holes: Hole[] = [];
  #length = 0;

  constructor(values: Values | Sides) {
    this.#values = values;
  }

  put(parts: readonly ScriptPart[], item?: { readonly argument: string; readonly item: number }): void {
    for (const part of parts) {
      if (this.#holes.length > MOST_HOLES || this.#length > LONGEST) return;
      if (typeof part === 'string') this.#text(part);
      else if ('argument' in part) this.#hole(part, item);
      else if ('test' in part) this.put(this.#isTrue(part.test) ? part.whenTrue : part.whenFalse, item);
      else
        for (let index = 0; index < this.#lengthOf(part.list); index++)
          this.put(part.body, { argument: part.list, item: index });
    }
  }

  result(): ResolvedScript {
    const marker = new Marker(this.#pieces.filter((piece) => typeof piece === 'string').join(''));
    const text = this.#pieces.map((piece) => (typeof piece === 'string' ? piece : marker.of(piece))).join('');
    return { text, holes: this.#holes, marker, hasTooMany: this.#holes.length > MOST_HOLES || this.#length > LONGEST };
  }

  #text(text: string): void {
    this.#length += text.length;
    this.#pieces.push(text);
  }

  #hole({ argument, via, action, line, at }: ArgumentPart, item?: { argument: string; item: number }): void {
    const named = argument === null ? item : { argument };
    if (named === undefined) return;
    this.#pieces.push(this.#holes.length);
    this.#holes.push({ ...named, via, action, line, at });
  }

  #isTrue({ argument, negated, equals }: ScriptTest): boolean {
    if (typeof this.#values === 'string') return this.#values === 'true';
    const value = this.#values[argument];
    return (equals === undefined ? isGiven(value) : textOf(value) === equals) !== negated;
  }

  #lengthOf(list: string): number {
    if (typeof this.#values === 'string') return this.#values === 'true' ? 1 : 0;
    const value = this.#values[list];
    return Array.isArray(value) ? value.length : 0;
  }
}

export function givenValue({ argument, item }: Hole, values: Values): JsonValue | undefined {
  const value = values[argument];
  if (item === undefined) return value;
  return Array.isArray(value) ? value[item] : undefined;
}

/** What a hole puts in its place: an argument that was not given is empty. */
export function holeText(hole: Hole, values: Values): string {
  const value = givenValue(hole, values);
  return hole.via === 'json' ? JSON.stringify(value ?? null) : textOf(value);
}

export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** As Go has it: nothing, false, 0 and what is empty are not. */
function isGiven(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || typeof value !== 'object') return Boolean(value);
  return Object.keys(value).length > 0;
}
