import type { JsonValue } from '../../text/node.ts';
import { typeInWords } from './argument-value.ts';

const MAXIMUM_ITEMS = 10_000;

/** Why no step can be repeated over the value, or null. Quotes no part of it. */
export function itemsFault(value: JsonValue): string | null {
  if (!Array.isArray(value)) return `\`forEach\` needs a list, and its expression gives ${typeInWords(value)}`;
  if (value.length <= MAXIMUM_ITEMS) return null;
  return `\`forEach\` takes ${MAXIMUM_ITEMS} items at most, and its expression gives ${value.length}`;
}
