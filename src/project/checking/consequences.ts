import { matchesGlob } from '../../definition/model/agent-tools.ts';
import type { Catalog } from '../../definition/model/catalog.ts';
import { hasErrors, type Problem } from '../../text/problem.ts';

/** These codes report something missing; another error may be the cause. */
const SAID_OF_THE_WHOLE: readonly string[] = ['secret/unused-ceiling', 'secret/unused-grant'];

/**
 * One mistake, one message: leaves out a mere consequence of another problem until that problem is fixed. Only for
 * `check`: a plan has to know that a tool is missing, whatever the reason.
 */
export function withoutConsequences(problems: readonly Problem[], { unread }: Catalog): Problem[] {
  const missesArgument = problems.some(({ code }) => code === 'args/unknown' || code === 'expression/unknown');
  const isBroken = hasErrors(problems) || problems.some(({ code }) => code === 'secret/unknown');
  const names = new Set(unread.flatMap(({ text }) => namesIn(text)));
  const causes = problems.filter((one) => {
    if (SAID_OF_THE_WHOLE.includes(one.code)) return !isBroken;
    if (one.code === 'style/unknown-input') return !missesArgument;
    return one.code !== 'reference/unknown-tool' || !isAmong(names, one);
  });
  return saidOnce(withReasons(causes));
}

/**
 * Merges the two problems of a value that is refused because it is nearly an expression: the message says how to write
 * it.
 */
function withReasons(problems: readonly Problem[]): Problem[] {
  const halves = new Map(
    problems.filter(({ code }) => code === 'style/half-expression').map((one) => [lineOf(one), one]),
  );
  if (halves.size === 0) return [...problems];
  const refused = new Set(problems.filter(({ code }) => code === 'args/invalid').map(lineOf));
  return problems.flatMap((one) => {
    const half = halves.get(lineOf(one));
    if (half === undefined || !refused.has(lineOf(one))) return [one];
    if (one.code === 'style/half-expression') return [];
    return [one.code === 'args/invalid' ? { ...half, ...one } : one];
  });
}

function lineOf({ at }: Problem): string {
  return `${at?.source.path}:${at?.source.position(at.range.start).line}`;
}

/** Reports a missing thing where a file first names it, with the other places as related locations. */
function saidOnce(problems: readonly Problem[]): Problem[] {
  const groups = Map.groupBy(problems, (one) =>
    /\/unknown(?:$|-step|-tool)/.test(one.code) ? JSON.stringify([one.at?.source.path, one.message, one.hint]) : one,
  );
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined || others.length === 0) return first ?? [];
    const places = others.flatMap(({ at }) => (at === undefined ? [] : [{ message: 'and here', at }]));
    return [{ ...first, related: [...(first.related ?? []), ...places.slice(0, MAXIMUM_PLACES)] }];
  });
}

/** No one reads a longer list. */
const MAXIMUM_PLACES = 10;

/** In a document that cannot be read, any value of a key may be the name of its definition. */
function namesIn(text: string): string[] {
  const lines = text.matchAll(
    /^[ \t-]{0,20}["']?\w{1,20}["']?:?[ \t]{1,20}["']?([a-z][a-z0-9_-]{0,63})["']?[ \t]*(?:#.*)?\r?$/gm,
  );
  return [...lines].map(([, name = '']) => name);
}

/** @param one has as its place the name of a tool, or a pattern of names */
function isAmong(names: ReadonlySet<string>, { at }: Problem): boolean {
  const written = at?.source.text.slice(at.range.start, at.range.end) ?? '';
  const [pattern = ''] = /[a-z*?][a-z0-9_*?-]*/.exec(written.replace(/^\{?\s*name:/, '')) ?? [];
  return /[*?]/.test(pattern) ? [...names].some((name) => matchesGlob(pattern, name)) : names.has(pattern);
}
