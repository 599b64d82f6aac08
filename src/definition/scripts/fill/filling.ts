import { inputVariable } from '../../../names.ts';
import type { JsonValue } from '../../../text/node.ts';
import type { Location } from '../../../text/problem.ts';
import { type Limited, limitFault, wayOutOf } from '../template/limits.ts';
import { givenValue, type Hole, holeText, textOf, type Values } from '../template/resolve-template.ts';
import type { Words } from '../template/template.ts';

/** The part of an argument's declaration that matters here. */
export interface FilledArgument {
  readonly schema: { readonly type?: string; readonly enum?: readonly JsonValue[]; readonly const?: JsonValue };
  readonly default?: JsonValue;
  readonly words?: Words | undefined;
}

/** Why a value cannot be filled in. No fault holds a value: it may be private. */
export interface ScriptFault {
  readonly argument: string;
  /** The line of the script, from 1. */
  readonly line: number;
  /** Completes `the argument "x" ...`. */
  readonly fault: string;
  readonly wayOut: string;
  readonly at: () => Location;
}

/** A script to run, and the variables that hold the values which it refers to. */
export type FilledScript =
  | { readonly script: string; readonly variables: Readonly<Record<string, string>> }
  | { readonly faults: readonly ScriptFault[] };

/** Linux takes no `NAME=VALUE` of more bytes, its closing NUL counted. */
const LARGEST_VARIABLE = 128 * 1024;

/** The values of one call, the variables that they go into, and the faults that were found. */
export class Filling {
  readonly faults: ScriptFault[] = [];
  readonly #values: Values;
  readonly #args: ReadonlyMap<string, FilledArgument>;
  readonly #variables = new Map<string, string>();
  readonly #uses = new Map<string, number>();

  constructor(values: Values, args: ReadonlyMap<string, FilledArgument>) {
    this.#values = values;
    this.#args = args;
  }

  text(hole: Hole): string {
    return holeText(hole, this.#values);
  }

  value(hole: Hole): JsonValue | undefined {
    return givenValue(hole, this.#values);
  }

  declared({ argument }: Hole): FilledArgument | undefined {
    return this.#args.get(argument);
  }

  /** Text of the definition's author: a default, a listed value, nothing at all. It may stand anywhere. */
  isOwn(hole: Hole): boolean {
    const value = this.value(hole);
    if (value === undefined) return true;
    const { schema, default: fallback } = this.declared(hole) ?? { schema: {} };
    const own = [fallback, schema.const, ...(schema.enum ?? [])].filter((one) => one !== undefined);
    return hole.item === undefined && own.some((one) => JSON.stringify(one) === JSON.stringify(value));
  }

  refuse(hole: Hole, fault: string, wayOut: string): void {
    const { argument, line, at } = hole;
    this.faults.push({ argument, line, fault, wayOut, at });
  }

  refuseLimit(hole: Hole, limited: Limited): void {
    this.refuse(hole, limitFault(limited), wayOutOf(limited));
  }

  /** @returns the name of a variable with this value */
  variable(hole: Hole, value: string, suffix = ''): string {
    const isPlain = suffix === '' && hole.item === undefined && hole.via !== 'json';
    const item = hole.item === undefined ? '' : `_${hole.item}`;
    const own = `LOCKSTEP_${inputVariable(hole.argument)}${item}${hole.via === 'json' ? '_JSON' : ''}${suffix}`;
    let name = isPlain ? inputVariable(hole.argument) : own;
    // Of "a-b" and "a_b" the variables have one name.
    while ((this.#variables.get(name) ?? value) !== value) name += '_';
    if (Buffer.byteLength(value) + name.length + 2 > LARGEST_VARIABLE)
      this.refuse(hole, 'is longer than a variable can be (128 KiB)', 'hand it over in a file');
    this.#variables.set(name, value);
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
    return name;
  }

  /** How often each variable has to be in the script at least. */
  get uses(): ReadonlyMap<string, number> {
    return this.#uses;
  }

  result(script: string): FilledScript {
    if (this.faults.length > 0) return { faults: this.faults };
    return { script, variables: Object.fromEntries(this.#variables) };
  }

  /** NUL ends a variable, and every text of a program. */
  refuseNul(holes: readonly Hole[]): void {
    for (const hole of holes)
      if (this.text(hole).includes('\0')) this.refuse(hole, 'holds a NUL character', 'leave it out');
  }

  isEmpty(hole: Hole): boolean {
    return textOf(this.value(hole)) === '';
  }
}
