import type { FormArgument } from './argument-schema.ts';

/** The content of the form by argument: a text, the lines of a list, or a switch; absent: not touched. */
export type Typed = Readonly<Record<string, string | boolean | readonly string[]>>;

export interface ReadArguments {
  readonly args: Readonly<Record<string, unknown>>;
  /** By argument: why what is typed is not a value yet. */
  readonly faults: Readonly<Record<string, string>>;
}

/** The values of a call. An empty field is left out, so that its default counts. */
export function readTyped(list: readonly FormArgument[], typed: Typed): ReadArguments {
  const args: Record<string, unknown> = {};
  const faults: Record<string, string> = {};
  for (const argument of list) {
    const read = readOne(argument, typed[argument.name]);
    if ('fault' in read) faults[argument.name] = read.fault;
    else if (read.value !== undefined) args[argument.name] = read.value;
  }
  return { args, faults };
}

type Read = { readonly value: unknown } | { readonly fault: string };

function readOne(argument: FormArgument, typed: Typed[string] | undefined): Read {
  const { kind, required, choices, itemKind, fallback } = argument;
  if (kind === 'switch') return { value: typed ?? (required && fallback === undefined ? false : undefined) };
  if (typed === undefined || typed === '' || typeof typed === 'boolean') return { value: undefined };
  if (typeof typed !== 'string') return readList(typed, itemKind);
  if (kind === 'choice') return { value: choices.find((one) => String(one) === typed) };
  if (kind === 'number') return readNumber(typed);
  return kind === 'json' ? readJson(typed) : { value: typed };
}

function readNumber(text: string): Read {
  const value = Number(text);
  return text.trim() === '' || !Number.isFinite(value) ? { fault: 'has to be a number' } : { value };
}

function readList(items: readonly string[], kind: 'text' | 'number'): Read {
  const given = items.filter((item) => item !== '');
  if (items.length === 0) return { value: undefined };
  if (kind === 'text') return { value: given };
  const numbers = given.map(Number);
  return numbers.some(Number.isNaN) ? { fault: 'has to be a list of numbers' } : { value: numbers };
}

function readJson(text: string): Read {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: 'is not JSON yet' };
  }
}

/** The values of an earlier call, as one types them. */
export function typedFrom(list: readonly FormArgument[], args: Readonly<Record<string, unknown>>): Typed {
  const entries = list
    .filter(({ name }) => args[name] !== undefined)
    .map(({ name, kind }) => {
      const value = args[name];
      if (kind === 'switch') return [name, value === true];
      if (kind === 'list' && Array.isArray(value)) return [name, value.map(String)];
      return [name, typeof value === 'string' ? value : JSON.stringify(value)];
    });
  return Object.fromEntries(entries);
}

/** The typed values that a browser may keep. */
export function withoutSensitive(list: readonly FormArgument[], typed: Typed): Typed {
  const names = new Set(list.filter(({ sensitive }) => !sensitive).map(({ name }) => name));
  return Object.fromEntries(Object.entries(typed).filter(([name]) => names.has(name)));
}
