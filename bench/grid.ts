/** What a measurement found, ready to be printed: a name at the left of each row, and cells. */
export interface Grid {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly GridRow[];
  /** Said below the grid, one a line. */
  readonly notes?: readonly string[];
}

export interface GridRow {
  readonly name: string;
  readonly cells: readonly string[];
}

const NARROWEST = 10;

export function renderText({ title, columns, rows, notes = [] }: Grid): string {
  const first = Math.max(...rows.map(({ name }) => name.length), 4);
  const widths = columns.map((column, at) =>
    Math.max(NARROWEST, ...[column, ...rows.map(({ cells }) => cells[at] ?? '')].map((text) => text.length + 2)),
  );
  const line = (name: string, cells: readonly string[]) =>
    `${name.padEnd(first)}${cells.map((cell, at) => cell.padStart(widths[at] ?? 0)).join('')}`;
  return [title, line('', columns), ...rows.map(({ name, cells }) => line(name, cells)), ...notes].join('\n');
}

export function renderMarkdown({ title, columns, rows, notes = [] }: Grid): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [
    line(['', ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...rows.map(({ name, cells }) => line([name, ...cells])),
  ].join('\n');
  return [`**${title}**`, table, ...(notes.length > 0 ? [notes.join('  \n')] : [])].join('\n\n');
}
