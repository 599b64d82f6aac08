/** Columns padded to their widest cell, two spaces apart; the last one is left as it is. Cells hold no line breaks. */
export function columns(rows: readonly (readonly string[])[], indent = ''): string {
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

/** Written text on one line of a terminal: no control characters, no line breaks. */
export function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
}
