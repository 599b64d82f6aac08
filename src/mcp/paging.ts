import { INVALID_PARAMS, ProtocolError } from '@modelcontextprotocol/server';

/** Lists longer than this come in pages. Some hosts read the first page alone. */
const PAGE = 1000;

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor?: string;
}

/**
 * A page of a sorted list. A cursor names the last item of the page before, so that items that come or go meanwhile neither
 * repeat nor hide one.
 */
export function pageOf<T>(all: readonly T[], cursor: string | undefined, nameOf: (item: T) => string): Page<T> {
  const after = cursor === undefined ? '' : nameIn(cursor);
  const rest = after === '' ? all : all.filter((item) => nameOf(item) > after);
  const items = rest.slice(0, PAGE);
  const last = items.at(-1);
  if (items.length === rest.length || last === undefined) return { items };
  return { items, nextCursor: Buffer.from(`after:${nameOf(last)}`).toString('base64url') };
}

function nameIn(cursor: string): string {
  const text = cursor.length <= 1024 ? Buffer.from(cursor, 'base64url').toString('utf8') : '';
  if (!text.startsWith('after:')) throw new ProtocolError(INVALID_PARAMS, 'the cursor is not one of this server');
  return text.slice('after:'.length);
}
