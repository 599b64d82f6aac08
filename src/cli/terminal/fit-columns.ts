import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** More code units than any row holds, of which one character may take many. */
const LOOKED_AT = 4096;

/** The columns that a terminal gives to a text: two to a wide character or an emoji. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** As much of the beginning of a text as fits; no character is cut in two. */
export function fitColumns(text: string, columns: number): string {
  const beginning = text.slice(0, LOOKED_AT);
  if (stringWidth(beginning) <= columns) return beginning;
  let fitting = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(beginning)) {
    width += stringWidth(segment);
    if (width > columns) break;
    fitting += segment;
  }
  return fitting;
}

/** The rows that a text of one line takes: a wide character is not broken, and leaves a column free. */
export function rowsOf(text: string, columns: number): number {
  if (stringWidth(text) <= columns) return 1;
  let rows = 1;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(stripVTControlCharacters(text))) {
    const more = stringWidth(segment);
    if (width + more > columns) [rows, width] = [rows + 1, 0];
    width += more;
  }
  return rows;
}
