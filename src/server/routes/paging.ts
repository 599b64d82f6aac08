import { Refusal } from '../access/refusal.ts';
import type { QueryParameter } from './operation.ts';

const MOST = 10_000;
const DEFAULT = 100;

/** The parameters of every list. */
export const PAGE_QUERY: Readonly<Record<string, QueryParameter>> = {
  limit: { description: 'how many at most', schema: { type: 'integer', minimum: 1, maximum: MOST, default: DEFAULT } },
  cursor: { description: '`next` of the page before', schema: { type: 'string' } },
};

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  /** The cursor of the next page. */
  readonly next: string | null;
}

/**
 * A page of a list. A cursor names the last item of the page before, so that items that come or go meanwhile neither
 * repeat nor hide one.
 */
export function pageOf<T>(
  all: readonly T[],
  { limit, cursor }: Readonly<Record<string, string>>,
  keyOf: (item: T) => string,
): Page<T> {
  const size = limit === undefined ? DEFAULT : Number(limit);
  if (!Number.isInteger(size) || size < 1 || size > MOST)
    throw new Refusal(400, 'request/query', `limit is a whole number from 1 to ${MOST}`);
  const found = cursor === undefined ? -1 : all.findIndex((item) => keyOf(item) === cursor);
  if (cursor !== undefined && found === -1)
    throw new Refusal(410, 'request/cursor', 'the list no longer holds the item that the cursor names', [
      'begin again without a cursor',
    ]);
  const items = all.slice(found + 1, found + 1 + size);
  const last = items.at(-1);
  const isLast = found + 1 + size >= all.length || last === undefined;
  return { items, total: all.length, next: isLast ? null : keyOf(last) };
}
