import { matchesSegment, type SegmentPattern, segmentPattern } from './glob-segment.ts';

/** Braces multiply: `{a,b}{a,b}` is four patterns. */
const MOST_ALTERNATIVES = 64;

/** One part of a path pattern between two `/`: a name, a pattern, or `**` for any folders. */
export type GlobPart = string | SegmentPattern | typeof ANY_FOLDERS;

export const ANY_FOLDERS = Symbol('**');

/**
 * Parses a path pattern into its alternatives, each a list of parts. `*`, `?` and `[...]` match characters of one name,
 * `**` matches any folders, `{a,b}` either text. Null for more than 64 alternatives or any other notation.
 */
export function parseGlob(written: string): readonly (readonly GlobPart[])[] | null {
  if (/[!@+*?]\(|\{[^{},]*\.\.[^{},]*\}/.test(written)) return null;
  const alternatives = expandBraces(written);
  return alternatives?.map((one) => one.split('/').map(partOf)) ?? null;
}

/** Whether it names exactly one path. */
export function isPlain(parts: readonly GlobPart[]): parts is readonly string[] {
  return parts.every((part) => typeof part === 'string');
}

export function matchesPart(part: Exclude<GlobPart, typeof ANY_FOLDERS>, name: string): boolean {
  return typeof part === 'string' ? part === name : matchesSegment(part, name);
}

/**
 * Whether a pattern matches a path, given as its names, or a folder above it. On a mismatch only the last `**` grows.
 */
export function matchesPath(parts: readonly GlobPart[], names: readonly string[]): boolean {
  let [at, star, resume] = [0, -1, 0];
  for (let i = 0; at < parts.length; ) {
    const part = parts[at];
    const name = names[i];
    if (part === ANY_FOLDERS) [star, resume, at] = [at, i, at + 1];
    else if (part !== undefined && name !== undefined && matchesPart(part, name)) [at, i] = [at + 1, i + 1];
    else if (star >= 0 && resume < names.length) [at, i, resume] = [star + 1, resume + 1, resume + 1];
    else return false;
  }
  return true;
}

function partOf(text: string): GlobPart {
  if (text === '**') return ANY_FOLDERS;
  return /[*?[]/.test(text) ? segmentPattern(text) : text;
}

/** Expands inner braces first; braces without a comma are plain text. */
function expandBraces(written: string): readonly string[] | null {
  let open = [written];
  const done: string[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const match = /^(.*)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(next);
    if (match === null) done.push(next);
    else {
      const [, before = '', choices = '', after = ''] = match;
      open = [...open, ...choices.split(',').map((choice) => `${before}${choice}${after}`)];
    }
    if (open.length + done.length > MOST_ALTERNATIVES) return null;
  }
  return done;
}
