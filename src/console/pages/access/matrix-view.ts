import type { Access, AccessCell } from '../../generated/answers.ts';
import { kindOf, ownCells, type Standing, shortName, standingOf } from '../standing.ts';

/** What the matrix shows: secrets against what may ask for them. */
export interface MatrixView {
  readonly rows: readonly MatrixRow[];
  readonly columns: readonly string[];
}

export interface MatrixRow {
  readonly secret: string;
  readonly cells: ReadonlyMap<string, AccessCell>;
}

export const ACCESS_FILTERS = {
  all: { words: 'All', standing: null },
  refused: { words: 'Refused', standing: 'refused' },
  changed: { words: 'Changed since', standing: 'changed' },
  unasked: { words: 'Not asked for', standing: 'unasked' },
} as const satisfies Readonly<Record<string, { readonly words: string; readonly standing: Standing | null }>>;

export type AccessFilter = keyof typeof ACCESS_FILTERS;

export function isAccessFilter(name: string | null): name is AccessFilter {
  return name !== null && Object.hasOwn(ACCESS_FILTERS, name);
}

export function matrixRows({ secrets, cells }: Access): readonly MatrixRow[] {
  const bySecret = Map.groupBy(cells, ({ secret }) => secret);
  return secrets.map((secret) => ({
    secret,
    cells: new Map((bySecret.get(secret) ?? []).map((cell) => [cell.requester, cell])),
  }));
}

export function holdsFilter({ cells }: MatrixRow, filter: AccessFilter): boolean {
  const { standing } = ACCESS_FILTERS[filter];
  return standing === null || ownCells([...cells.values()]).some((cell) => standingOf(cell) === standing);
}

/** A text finds secrets by their names, and columns by theirs; a text that finds only columns keeps the rows they have. */
export function found(access: Access, rows: readonly MatrixRow[], text: string): MatrixView {
  const word = text.trim().toLowerCase();
  if (word === '') return { rows, columns: access.requesters };
  const named = rows.filter(({ secret }) => secret.toLowerCase().includes(word));
  const columns = access.requesters.filter((one) => shortName(one).toLowerCase().includes(word));
  if (named.length > 0 || columns.length === 0) return { rows: named, columns: access.requesters };
  return { rows: rows.filter(({ cells }) => columns.some((one) => cells.has(one))), columns };
}

/** Tools, agents, and the rest stand apart. */
export function columnGroups(
  columns: readonly string[],
): readonly { readonly words: string; readonly count: number }[] {
  const words = { tool: 'Tools', agent: 'Agents', other: '' };
  return Object.entries(words)
    .map(([kind, name]) => ({ words: name, count: columns.filter((one) => kindOf(one) === kind).length }))
    .filter(({ count }) => count > 0);
}

/** Whether a column begins a group. */
export function isFirst(columns: readonly string[], at: number): boolean {
  return at > 0 && kindOf(columns[at] ?? '') !== kindOf(columns[at - 1] ?? '');
}
