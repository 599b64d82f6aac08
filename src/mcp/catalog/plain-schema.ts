import type { JsonValue } from '../../text/node.ts';
import { visible, visibleLine } from '../../text/visible.ts';

type JsonObject = Readonly<Record<string, JsonValue>>;

/** Keywords whose values are texts for people. */
const WORDS = new Set(['description', 'title']);

/**
 * A schema without characters that a terminal obeys or that are invisible: descriptions show them escaped; any other keyword
 * that holds one is left out, for its meaning would change. Arguments are checked against the whole declaration in any case.
 */
export function plainSchema(schema: JsonObject): JsonObject {
  const entries = Object.entries(schema).flatMap(([key, value]): [string, JsonValue][] => {
    if (WORDS.has(key) && typeof value === 'string') return [[key, plainText(value)]];
    if (key === 'properties' && isObject(value)) return [[key, plainProperties(value)]];
    if (key === 'items' && isObject(value)) return [[key, plainSchema(value)]];
    return isPlain(value) ? [[key, value]] : [];
  });
  return Object.fromEntries(entries);
}

/** The text as its writer meant it, with what cannot be seen escaped. */
export function plainText(text: string): string {
  return visible(text.trim());
}

function plainProperties(properties: JsonObject): JsonObject {
  const entries = Object.entries(properties).filter(([name]) => isPlain(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, isObject(value) ? plainSchema(value) : value]));
}

function isPlain(value: JsonValue): boolean {
  if (typeof value === 'string') return visible(value) === value;
  if (value === null || typeof value !== 'object') return true;
  return Object.entries(value).every(([key, item]) => visibleLine(key) === key.trim() && isPlain(item));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
