import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

/** More code units than any row holds; a character may consist of many. */
const LOOKED_AT = 4096;

/** The columns that a text takes on a terminal: two for a wide character or an emoji. */
export function columnsOf(text: string): number {
  return stringWidth(text);
}

/** The longest beginning of a text that fits; no character is split. */
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

/** The rows that a text of one line takes: a wide character that does not fit moves to the next row. */
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
