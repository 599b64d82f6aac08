import { placeKey } from '../../text/problem.ts';
import type { Catalog } from '../model/catalog.ts';

/** The places of keys that the schema does not have: each may be a misspelling of another key. */
export function unknownKeys({ problems }: Catalog): ReadonlySet<string> {
  return new Set(problems.filter(({ code }) => code === 'schema/unknown-key').map(placeKey));
}
