import canonicalize from 'canonicalize';
import { InternalError } from '../errors.ts';

/** RFC 8785 text of a JSON value, for signatures and digests. Omits absent fields. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new InternalError('not a JSON value');
  return text;
}
