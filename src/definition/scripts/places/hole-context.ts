import type { SyntaxNode } from '../syntax/shell-tree.ts';
import type { HoleSpot } from '../template/marker.ts';
import type { HoleContext, Quote, Texts } from './place.ts';
import type { ShellAnalysis } from './shell-analysis.ts';

const STOP = /^(?:CommandExpansion|ProcessSubstitution)$/;
const QUOTES: readonly string[] = [
  'SingleQuoted',
  'DoubleQuoted',
  'LocaleString',
  'AnsiCQuoted',
  'HereDocBody',
] satisfies Quote[];

export function holeContextOf(
  { hole, start, end }: HoleSpot,
  analysis: ShellAnalysis,
  texts: Texts,
): HoleContext | undefined {
  const leaf = analysis.tree.leafOf(hole);
  if (leaf === undefined) return undefined;
  const path = [...analysis.tree.upward(leaf)];
  const holderAt = path.findIndex(({ type }) => /^(?:Word|HereDocBody|ArithmeticWord)$/.test(type));
  const holder = path[holderAt];
  const whole = holder?.type === 'Word' && holder.pos === start && holder.end === end;
  return { analysis, texts, hole, start, end, path, quote: quoteOf(path), holder, holderAt, whole };
}

function quoteOf(path: readonly SyntaxNode[]): Quote {
  const found = near(path, (node) => QUOTES.includes(node.type));
  return (QUOTES.find((quote) => quote === found?.type) as Quote | undefined) ?? 'bare';
}

/** Up to the substitution that the hole stands in. */
export function near(path: readonly SyntaxNode[], wanted: (node: SyntaxNode) => boolean): SyntaxNode | undefined {
  const found = path.find((node) => wanted(node) || STOP.test(node.type));
  return found !== undefined && wanted(found) ? found : undefined;
}

/** Farther back no `#` is looked for. */
const LONGEST_LINE = 10_000;

/** The `#` before it on its line begins a word, and lies in no text. */
export function isComment({ analysis, start }: HoleContext): boolean {
  const { tree } = analysis;
  const from = Math.max(tree.text.lastIndexOf('\n', start) + 1, start - LONGEST_LINE);
  const line = tree.text.slice(from, start);
  for (const { index } of line.matchAll(/#/g)) {
    const before = line[index - 1];
    if ((before === undefined || /[\s;&|()]/.test(before)) && !tree.isInText(from + index)) return true;
  }
  return false;
}
