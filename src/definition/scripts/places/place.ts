import type { Literal } from '../languages/literal.ts';
import type { Structured } from '../syntax/json-place.ts';
import type { HereDoc, SyntaxNode, Word } from '../syntax/shell-tree.ts';
import type { Limited } from '../template/limits.ts';
import type { ShellAnalysis } from './shell-analysis.ts';

/** Where a hole of a shell script stands, what can be written there and which values it takes. */
export interface Place {
  readonly hole: number;
  readonly start: number;
  readonly end: number;
  /** Its row in docs/templates.md. */
  readonly where: string;
  /**
   * `reference`: a variable in the quoting of the place. `words`: a whole word without quotes. `boolean`: `true` or `false` as a
   * command. `comment`: stays as it is. `literal`: a text or a value of another language. `refuse`: only the definition's own text.
   */
  readonly how: 'reference' | 'words' | 'boolean' | 'comment' | 'literal' | 'refuse';
  readonly limits: readonly Limited[];
  /** `json`: the value is escaped for a text of JSON. */
  readonly form: 'raw' | 'json';
  /** What to write for a variable. */
  readonly write: (variable: string) => string;
  readonly literal?: Literal;
}

export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export type Quote = 'bare' | 'SingleQuoted' | 'DoubleQuoted' | 'LocaleString' | 'AnsiCQuoted' | 'HereDocBody';

/** What surrounds a hole. */
export interface HoleContext {
  readonly analysis: ShellAnalysis;
  readonly hole: number;
  readonly start: number;
  readonly end: number;
  /** From the deepest node up. */
  readonly path: readonly SyntaxNode[];
  readonly quote: Quote;
  /** The nearest word, document or arithmetic word, and its place in `path`. */
  readonly holder: SyntaxNode | undefined;
  readonly holderAt: number;
  /** Whether the hole is all of the word. */
  readonly whole: boolean;
  readonly texts: Texts;
}

/** The findings about a text that hold for all of its holes. */
export interface Texts {
  readonly structure: (holder: Word | HereDoc) => (hole: number) => Structured;
  readonly python: (holder: Word | HereDoc) => ReadonlyMap<number, Literal>;
  /** Places in the script of `sh -c`; undefined where none is certain. */
  readonly script: (word: Word) => ReadonlyMap<number, Place> | undefined;
}

interface Details {
  readonly write?: Place['write'];
  readonly limits?: readonly Limited[];
  readonly form?: Place['form'];
}

export function placeAt(on: HoleContext, where: string, how: Place['how'], details: Details = {}): Place {
  const { hole, start, end, analysis, quote } = on;
  const limits = [...analysis.limitsOf(hole), ...(details.limits ?? [])];
  return { hole, start, end, where, how, limits, form: details.form ?? 'raw', write: details.write ?? writerIn(quote) };
}

/** @param because completes "no value can be filled in, because ..." */
export function refusedAt(on: HoleContext, where: string, because: string): Place {
  return placeAt(on, where, 'refuse', { limits: [{ limit: 'never', because }] });
}

/** A reference that is evaluated as a number: plain, since quotes mean nothing there. */
export function numberAt(on: HoleContext, where: string, because: string): Place {
  const write = on.quote === 'bare' ? plainReference : writerIn(on.quote);
  return placeAt(on, where, 'reference', { write, limits: [{ limit: 'integer', because }] });
}

export const plainReference = (variable: string) => `\${${variable}}`;
export const quotedReference = (variable: string) => `"\${${variable}}"`;

/** A reference that is one text whatever its value, in the quotes that it stands in. */
export function writerIn(quote: Quote): Place['write'] {
  switch (quote) {
    case 'DoubleQuoted':
    case 'LocaleString':
    case 'HereDocBody':
      return plainReference;
    case 'SingleQuoted':
      return (variable) => `'"\${${variable}}"'`;
    case 'AnsiCQuoted':
      return (variable) => `'"\${${variable}}"$'`;
    case 'bare':
      return quotedReference;
    default:
      return quote satisfies never;
  }
}

export function quoteName(quote: Quote): string {
  if (quote === 'bare') return 'part of a word';
  if (quote === 'SingleQuoted') return 'in single quotes';
  return quote === 'AnsiCQuoted' ? "in $'...'" : 'in double quotes';
}

export function holderWord({ holder }: HoleContext): Word | undefined {
  return holder?.type === 'Word' ? holder : undefined;
}
