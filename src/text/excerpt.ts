import type { Location, Problem } from './problem.ts';
import { veiled, visibleLine, visibleName } from './visible.ts';

const MAXIMUM_WIDTH = 120;

/**
 * Colours a piece of text; `plain` returns it unchanged. Interfaces pass their own, so this file needs no terminal
 * code.
 */
export interface Paint {
  readonly error: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

export const plain: Paint = { error: same, warning: same, dim: same, bold: same };

/**
 * `file:line:col: severity: message [code]`, an excerpt with carets, the related places, the hint. No final line break.
 */
export function printProblem(problem: Problem, paint: Paint = plain): string {
  const colour = problem.severity === 'error' ? paint.error : paint.warning;
  const message = paint.bold(visibleLine(problem.message));
  const head = `${colour(`${problem.severity}:`)} ${message} ${paint.dim(`[${problem.code}]`)}`;
  const lines =
    problem.at === undefined ? [head] : [`${locationText(problem.at)}: ${head}`, ...excerpt(problem.at, colour)];
  for (const related of problem.related ?? [])
    lines.push(`  ${locationText(related.at)}: ${visibleLine(related.message)}`, ...excerpt(related.at, paint.dim));
  if (problem.hint !== undefined) lines.push(`  hint: ${visibleLine(problem.hint)}`);
  return lines.join('\n');
}

/** `file:line:column` */
export function locationText({ source, range }: Location): string {
  const { line, column } = source.position(range.start);
  return `${visibleName(source.path)}:${line}:${column}`;
}

/** The line of a place with carets below it; empty for an empty line. */
export function plainExcerpt(at: Location): string {
  return excerpt(at, plain.error).join('\n');
}

function excerpt({ source, range }: Location, colour: (text: string) => string): string[] {
  const start = source.position(range.start);
  const end = source.position(range.end);
  const text = veiled(source.line(start.line));
  if (text.trim() === '') return [];
  const from = start.column - 1;
  const to = end.line === start.line ? Math.max(end.column - 1, from + 1) : Math.max(text.trimEnd().length, from + 1);
  const shift = from > MAXIMUM_WIDTH - 20 ? from - 20 : 0;
  const shown = text.slice(shift, shift + MAXIMUM_WIDTH);
  const margin = String(start.line).length;
  const indent = text.slice(shift, from).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(to, shift + MAXIMUM_WIDTH) - from));
  return [`  ${start.line} | ${shown.trimEnd()}`, `  ${' '.repeat(margin)} | ${indent}${colour(carets)}`];
}

function same(text: string): string {
  return text;
}
