import { type Problem, problem } from './problem.ts';
import type { Range, SourceFile } from './source.ts';

/** A fault that the YAML library found: its message, in the words of its grammar, and offsets. */
export interface SyntaxFault {
  readonly message: string;
  readonly pos: readonly [start: number, end: number];
}

/** The cause of a syntax fault, where the text around it shows more than the YAML library reports. */
export function syntaxCause(source: SourceFile, { message, pos: [start, end] }: SyntaxFault): Problem | undefined {
  const template = templateBefore(source, start);
  if (template !== undefined) return templateAsMapping(source, template);
  if (/^Unexpected .* at node end/.test(message)) return endedByQuote(source, { start, end });
  return /^Nested mappings|^Implicit (?:map )?keys/.test(message) ? deeperLine(source, start) : undefined;
}

/** @param start the offset of a value that begins with `{{` */
export function templateAsMapping(source: SourceFile, start: number): Problem {
  const written = /^\{\{.*?\}\}/.exec(restOfLine(source.text, start))?.[0] ?? '{{';
  const isOfGo = /^\{\{-?\s*(?:[.$]|(?:if|range|with|end)\b)/.test(written);
  const quote = written.includes("'") ? '"' : "'";
  return problem('yaml/key', 'a value that begins with {{ is a mapping to YAML, and not text', {
    at: { source, range: { start, end: start + written.length } },
    hint: isOfGo
      ? `put quotes around the whole value, as in ${quote}${written}${quote}`
      : 'an expression is written ${{ ... }}; a text with {{ in it needs quotes around it',
  });
}

/** The offset of a value that begins with `{{` in the line, before a place; undefined where none does. */
function templateBefore({ text }: SourceFile, at: number): number | undefined {
  const from = lineStart(text, at);
  const [before] = /^.*(?:^|[:,[-])[ \t]*(?=\{\{)/.exec(text.slice(from, at + 1)) ?? [];
  return before === undefined ? undefined : from + before.length;
}

/** The problem of a quote that was meant as part of the text. */
function endedByQuote(source: SourceFile, range: Range): Problem | undefined {
  const quote = source.text.slice(lineStart(source.text, range.start), range.start).trimEnd().at(-1);
  if (quote !== '"' && quote !== "'") return undefined;
  const isJson = source.path.endsWith('.json');
  const [escaped, other] = quote === '"' ? ['\\"', 'single'] : ["''", 'double'];
  const around = isJson ? '' : `; or put ${other} quotes around the whole of it, where it holds none`;
  return problem('yaml/syntax', `the ${quote} before this ends the text`, {
    at: { source, range: placed(source.text, range) },
    hint: `write ${escaped} for each ${quote} within the text${around}`,
  });
}

/** In YAML a deeper line continues the value above it, and a value cannot contain a key. */
function deeperLine(source: SourceFile, at: number): Problem | undefined {
  const { text } = source;
  const lineEnd = text.indexOf('\n', at);
  if (lineEnd === -1 || /:[ \t]/.test(text.slice(at, lineEnd).trimStart())) return undefined;
  const [blank = ''] = /^\s*/.exec(text.slice(lineEnd, lineEnd + MOST_BLANKS)) ?? [];
  const below = lineEnd + blank.length;
  const [written = ''] = /^[^\r\n]*/.exec(restOfLine(text, below)) ?? [];
  const [start = ''] = /^[ \t]*(?:-[ \t]+)*/.exec(restOfLine(text, lineStart(text, at))) ?? [];
  const isDeeper = below - lineStart(text, below) > start.length;
  if (!isDeeper || !/:(?:[ \t]|$)/.test(written)) return undefined;
  return problem('yaml/syntax', 'the line below is indented deeper than this one', {
    at: { source, range: placed(text, { start: at, end: lineEnd }) },
    hint: `indent it by ${start.length} spaces, as the key above it is`,
    related: [{ message: 'this line', at: { source, range: { start: below, end: below + written.length } } }],
  });
}

const MOST_BLANKS = 10_000;

/** Moves a fault within the indentation to the word after it. */
export function placed(text: string, { start, end }: Range): Range {
  let from = start;
  while (text[from] === ' ' || text[from] === '\t') from++;
  return { start: from, end: Math.max(end, from + 1) };
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

function restOfLine(text: string, from: number): string {
  const end = text.indexOf('\n', from);
  return text.slice(from, end === -1 ? text.length : end);
}
