import { visibleLine } from '../../text/visible.ts';

/** Columns padded to their widest cell, two spaces apart; the last one is not padded. A cell takes one line. */
export function columns(texts: readonly (readonly string[])[], indent = ''): string {
  const rows = texts.map((row) => row.map(visibleLine));
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return rows
    .map((row) =>
      (
        indent + row.map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd((widths[at] ?? 0) + 2))).join('')
      ).trimEnd(),
    )
    .join('\n');
}
