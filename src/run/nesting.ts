import type { JsonValue } from '../text/node.ts';

/** JSON.parse reads any depth, and what works on such a value after it would run out of stack. */
export const DEEPEST = 64;

export function nestsTooDeeply(value: JsonValue, levels = DEEPEST): boolean {
  if (value === null || typeof value !== 'object') return false;
  return levels === 0 || Object.values(value).some((item: JsonValue) => nestsTooDeeply(item, levels - 1));
}
