import type { ArgumentSchema } from '../model/tool.ts';
import { isHostFixed, isHostOver, LABEL } from './authority.ts';
import { type PatternNode, type PatternSequence, readPattern } from './pattern-tree.ts';

/**
 * Whether a value, or a text within it, may name any host. `enum`, `const`, other types than text, and a pattern that fixes the
 * host prevent that.
 */
export function namesAnyHost({ type, enum: allowed, const: only, pattern, format, ...of }: ArgumentSchema): boolean {
  if (allowed !== undefined || only !== undefined) return false;
  if (type === 'array') return namesAnyHost(of.items ?? {});
  if (type === 'object')
    return of.additionalProperties !== false || Object.values(of.properties ?? {}).some(namesAnyHost);
  if ((type !== undefined && type !== 'string') || /^(?:date|time|duration|uuid)/.test(format ?? '')) return false;
  return pattern === undefined || !fixesHost(pattern);
}

/** Whether the pattern would fix the host if its dots were dots: `api.example.com`, which `apiXexample.com` fits. */
export function fixesHostWithDots(pattern: string): boolean {
  return !fixesHost(pattern) && fixesHost(pattern.replace(/(?<!\\)\.(?=\w)/g, '\\.'));
}

const UNANCHORED = '^';
const MOST_STATES = 200;
/** A longer repetition changes only labels far below the domain. */
const MOST_REPEATED = 3;

/** Thrown where the pattern matches a value whose host is not in a known domain. */
class OpenHost extends Error {}

/**
 * Whether every alternative of the pattern begins at the start of the value and continues with a host of a known
 * domain, up to the end of the value or a "/", "?" or "#". The rest is free, so a missing `$` does no harm. A path that
 * begins with one "/" has no host. Labels below the domain may be open: the owner of the domain assigns them.
 */
function fixesHost(pattern: string): boolean {
  try {
    return advanceAny(new Set([UNANCHORED]), readPattern(pattern)).size === 0;
  } catch (error) {
    if (error instanceof OpenHost) return false;
    throw error;
  }
}

/** @returns beginnings of values whose hosts are not over yet */
function advanceAny(states: ReadonlySet<string>, alternatives: readonly PatternSequence[]): Set<string> {
  const after = new Set(alternatives.flatMap((sequence) => [...sequence.reduce(advance, states)]));
  if (after.size > MOST_STATES) throw new OpenHost();
  return after;
}

function advance(states: ReadonlySet<string>, node: PatternNode): ReadonlySet<string> {
  if (states.size === 0) return states;
  switch (node.is) {
    case 'start':
      return new Set([...states].map((state) => (state === UNANCHORED ? '' : refuse())));
    case 'end':
      for (const state of states) if (state === UNANCHORED || !hasFixedHost(state)) refuse();
      return new Set();
    case 'character':
      return appended(states, node.text);
    case 'of a label':
      return appended(states, LABEL);
    case 'choice':
      return advanceAny(states, node.of);
    case 'repeat':
      return repeated(states, node);
    default:
      return refuse();
  }
}

function repeated(
  states: ReadonlySet<string>,
  { what, least, most }: Extract<PatternNode, { is: 'repeat' }>,
): ReadonlySet<string> {
  const after = new Set(least === 0 ? states : []);
  let once = states;
  for (let count = 1; count <= Math.min(most, Math.max(least, MOST_REPEATED), MOST_STATES); count++) {
    once = advance(once, what);
    if (count >= Math.min(least, MOST_STATES)) for (const state of once) after.add(state);
  }
  return after;
}

function appended(states: ReadonlySet<string>, text: string): Set<string> {
  const after = new Set<string>();
  for (const state of states) {
    if (state === UNANCHORED) refuse();
    const next = text === LABEL && state.endsWith(LABEL) ? state : state + text;
    const isOver = next.startsWith('/') ? next.length > 1 : isHostOver(next);
    if (!isOver) after.add(next);
    else if (!hasFixedHost(next)) refuse();
  }
  return after;
}

function hasFixedHost(value: string): boolean {
  return value.startsWith('/') ? /^\/(?![/\\])/.test(value) : isHostFixed(value);
}

function refuse(): never {
  throw new OpenHost();
}
