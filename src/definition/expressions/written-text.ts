import type { ScalarNode } from '../../text/node.ts';
import type { Location } from '../../text/problem.ts';
import type { Range, SourceFile } from '../../text/source.ts';

/** A piece of a YAML value and its place in the file, which may spell the text differently (quotes, escapes). */
export interface WrittenText {
  readonly text: string;
  /** The whole piece, with the marks around it in the value (`${{ }}`). */
  readonly at: Location;
  /** The place of a part, given in offsets into `text`; the whole piece where escapes make the place uncertain. */
  part(range: Range): Location;
  readonly use?: TextUse;
}

/** The use of a value with an expression, for hints: a variable's text, or an argument of a call. */
export type TextUse = { readonly variable: string; readonly text: string } | { readonly argument: string };

export const OPEN = '${{';

/** The whole of a value. */
export function writtenValue(node: ScalarNode, source: SourceFile): WrittenText {
  const at = { source, range: node.range };
  return { text: node.text, at, part: (range) => partOf(node.text, source, node.range.start, node.range, range) ?? at };
}

/**
 * An expression within a value.
 * @param open the offset of its `${{` in the value
 * @param inner the text of the expression
 * @param end the offset after its `}}`
 * @param use the use of the whole value
 */
export function writtenExpression(
  node: ScalarNode,
  source: SourceFile,
  { open, inner, end }: { open: number; inner: Range; end: number },
  use?: TextUse,
): WrittenText {
  const { text, range } = node;
  // The n-th `${{` of a value is the n-th of its source text, whatever quoting or folding is in between.
  const written = source.text.slice(range.start, range.end);
  let found = -1;
  for (let nth = text.slice(0, open).split(OPEN).length; nth > 0; nth--) found = written.indexOf(OPEN, found + 1);
  const whole: Location = { source, range };
  const start = range.start + found;
  const place = (from: number, to: number) =>
    found === -1 ? undefined : partOf(text, source, start, range, { start: from, end: to }, open);
  const at = place(open, end) ?? whole;
  return {
    text: text.slice(inner.start, inner.end),
    at,
    part: (part) => place(inner.start + part.start, inner.start + part.end) ?? at,
    ...(use && { use }),
  };
}

/** Walks value and source in parallel, from the value's offset `from`, which the source has at `start`. */
function partOf(
  value: string,
  source: SourceFile,
  start: number,
  within: Range,
  part: Range,
  from = 0,
): Location | undefined {
  let at = start;
  let partStart: number | undefined;
  for (let offset = from; offset < part.end; offset++) {
    const wanted = value.charAt(offset);
    if (/\s/.test(wanted)) continue;
    at = skipped(source.text, at, wanted);
    if (source.text[at] !== wanted || at >= within.end) return undefined;
    if (offset >= part.start) partStart ??= at;
    at++;
  }
  return partStart === undefined ? undefined : { source, range: { start: partStart, end: at } };
}

/** The offset after text that is only in the source: white space, quotes, backslashes, the head of a block. */
function skipped(written: string, from: number, wanted: string): number {
  let at = from;
  while (written[at] !== wanted && /[\s'"\\|>+-]/.test(written[at] ?? '')) at++;
  return at;
}
