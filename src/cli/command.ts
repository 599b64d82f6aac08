import type { Context } from './context.ts';

/** One positional argument. At most the last may be `multiple`; optional ones stand after the required. */
export interface Argument {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
  readonly multiple?: boolean;
  readonly options?: readonly string[];
}

interface FlagBase {
  readonly description: string;
  /** One letter: `-C`. */
  readonly short?: string;
}

export interface BooleanFlag extends FlagBase {
  readonly type: 'boolean';
}

interface ValueFlag extends FlagBase {
  /** What help shows for the value: `name=value`. */
  readonly value?: string;
  readonly required?: boolean;
  readonly multiple?: boolean;
}

export interface StringFlag extends ValueFlag {
  readonly type: 'string';
  readonly options?: readonly string[];
  readonly default?: string;
}

/** A whole number, 0 or more. */
export interface IntegerFlag extends ValueFlag {
  readonly type: 'integer';
  readonly default?: number;
}

export type Flag = BooleanFlag | StringFlag | IntegerFlag;
export type Flags = Readonly<Record<string, Flag>>;

/** What follows a bare `--`, untouched (`exec -- COMMAND ...`). Without it, `--` only ends the flags. */
export interface Rest {
  readonly name: string;
  readonly description: string;
  readonly required?: boolean;
}

export interface Example {
  readonly command: string;
  readonly does: string;
}

type Choice<T> = T extends { options: readonly (infer O extends string)[] } ? O : string;
type ArgumentValue<A> = A extends { multiple: true }
  ? readonly Choice<A>[]
  : A extends { required: true }
    ? Choice<A>
    : Choice<A> | undefined;
type Scalar<F> = F extends { type: 'integer' } ? number : Choice<F>;
type FlagValue<F> = F extends { type: 'boolean' }
  ? boolean
  : F extends { multiple: true }
    ? readonly Scalar<F>[]
    : F extends { default: string | number } | { required: true }
      ? Scalar<F>
      : Scalar<F> | undefined;

/** What a command is handed, typed by its own declaration. */
export interface InputOf<A extends readonly Argument[], F extends Flags> {
  readonly args: { readonly [Each in A[number] as Each['name']]: ArgumentValue<Each> };
  readonly flags: { readonly [Name in keyof (F & CommonFlags)]: FlagValue<(F & CommonFlags)[Name]> };
  /** After a bare `--`; empty unless the command declares `rest`. */
  readonly rest: readonly string[];
}

/** The same for those who know nothing of the declaration. */
export type Input = InputOf<readonly Argument[], Flags>;

interface Declaration<A extends readonly Argument[], F extends Flags> {
  /** `run`, or `secret set`: topic, then verb. */
  readonly name: string;
  /** One line, no full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly examples?: readonly Example[];
  readonly args?: A;
  readonly flags?: F;
  readonly rest?: Rest;
  /** Returns the exit code. The work itself stands behind `await import()`: the whole table is loaded at every start. */
  run(context: Context, input: InputOf<A, F>): Promise<number>;
}

/** One row of the table (table.ts), from which the parser and oclif's help are both made. */
export interface Command extends Required<Omit<Declaration<readonly Argument[], Flags>, 'rest' | 'run'>> {
  readonly rest?: Rest;
  run(context: Context, input: Input): Promise<number>;
}

type CommonFlags = typeof COMMON_FLAGS;

/** On every command. `--help` is answered before any command is asked. */
export const COMMON_FLAGS = {
  directory: { type: 'string', short: 'C', value: 'DIR', description: 'work on the repository at DIR' },
} as const satisfies Flags;

/** For every command that has something to show. */
export const JSON_FLAG = {
  type: 'boolean',
  description: 'print one JSON document on standard output and nothing else',
} as const satisfies Flag;

export function defineCommand<
  const A extends readonly Argument[] = readonly [],
  const F extends Flags = Record<never, never>,
>(declaration: Declaration<A, F>): Command {
  return {
    description: '',
    examples: [],
    args: [],
    ...declaration,
    flags: { ...declaration.flags, ...COMMON_FLAGS },
  };
}
