import { data } from '@actions/expressions';
import type { JsonValue } from '../text/node.ts';

/** JSON values in the expression library's form, and back. */
export function toData(value: JsonValue | Readonly<Record<string, JsonValue>>): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) {
    const list = new data.Array();
    for (const item of value) list.add(toData(item));
    return list;
  }
  // The library keeps its index in a plain object, where a key such as `constructor` would count as there already.
  const dictionary = new data.Dictionary();
  Object.defineProperty(dictionary, 'indexMap', { value: Object.create(null) });
  for (const [key, item] of Object.entries(value)) dictionary.add(key, toData(item as JsonValue));
  return dictionary;
}

export function fromData(value: data.ExpressionData | undefined): JsonValue {
  if (value instanceof data.StringData || value instanceof data.BooleanData) return value.value;
  if (value instanceof data.NumberData) return Number.isFinite(value.value) ? value.value : null;
  if (value instanceof data.Array) return value.values().map(fromData);
  if (!(value instanceof data.Dictionary)) return null;
  const object: { [key: string]: JsonValue } = Object.create(null);
  for (const { key, value: item } of value.pairs()) object[key] = fromData(item);
  return object;
}

/** In place of the library's own, which lose keys such as `constructor` and `__proto__` (see `toData`). */
export const JSON_FUNCTIONS = [
  {
    name: 'fromJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[text]: data.ExpressionData[]) => toData(JSON.parse(text?.coerceString() ?? '') as JsonValue),
  },
  {
    name: 'toJSON',
    minArgs: 1,
    maxArgs: 1,
    call: (...[value]: data.ExpressionData[]) => new data.StringData(JSON.stringify(fromData(value), null, 2)),
  },
];
