import { isJsonObject, type JsonValue, nodeAt, toJson, type YamlNode } from '../../text/node.ts';
import type { Location } from '../../text/problem.ts';
import type { Range } from '../../text/source.ts';
import type { Argument, ArgumentSchema } from '../model/tool.ts';
import type { Words } from '../scripts/template/template.ts';

/** Reads one declaration. Tolerant, as `readTool`: a keyword whose value the schema has refused is left out. */
export function readArgument(name: string, at: Location, node: YamlNode): Argument {
  const declared = toJson(node);
  const { required, sensitive, default: value, description, words, ...rest } = isJsonObject(declared) ? declared : {};
  return {
    name,
    at,
    schema: soundSchema({ ...rest, ...(Array.isArray(required) && { required }) }),
    ...(typeof description === 'string' && { description }),
    required: value === undefined && required !== false,
    ...(value !== undefined && { default: value }),
    sensitive: sensitive === true,
    ...(isWords(words) && { words }),
    place: (path, isKey = false) => ({ source: at.source, range: rangeOf(node, path, isKey) ?? at.range }),
  };
}

/** Whether the value is a setting for unquoted `{{ }}`. */
export function isWords(value: JsonValue | undefined): value is Words {
  return value === 'one' || value === 'many' || value === 'options';
}

/** Undefined where the path does not lead into the declaration at all. */
function rangeOf(node: YamlNode, path: readonly string[], isKey: boolean): Range | undefined {
  if (!isKey) {
    const found = nodeAt(node, path);
    return found === node ? undefined : found.range;
  }
  const holder = nodeAt(node, path.slice(0, -1));
  return holder.kind === 'map' ? holder.entries.get(path.at(-1) ?? '')?.key.range : undefined;
}

type Written = { readonly [keyword: string]: JsonValue };

const TYPES: readonly JsonValue[] = ['string', 'number', 'integer', 'boolean', 'array', 'object'];
const isText = (value: JsonValue) => typeof value === 'string';
const isNumber = (value: JsonValue) => typeof value === 'number' && Number.isFinite(value);
const isBoolean = (value: JsonValue) => typeof value === 'boolean';

/** The values of each keyword with which the interpreter (argument-value.ts) can work. */
const KEYWORDS: Readonly<Record<string, (value: JsonValue) => boolean>> = {
  type: (value) => TYPES.includes(value),
  enum: Array.isArray,
  const: () => true,
  pattern: isText,
  format: isText,
  minLength: isNumber,
  maxLength: isNumber,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (value) => isNumber(value) && value !== 0,
  minItems: isNumber,
  maxItems: isNumber,
  uniqueItems: isBoolean,
  items: isJsonObject,
  properties: isJsonObject,
  // A part of an argument must not use these two as an argument does; argument-declaration.ts reports it.
  required: (value) => isBoolean(value) || (Array.isArray(value) && value.every(isText)),
  sensitive: isBoolean,
  additionalProperties: isBoolean,
};

function soundSchema(written: Written): ArgumentSchema {
  const sound: { [keyword: string]: JsonValue } = Object.create(null);
  for (const [keyword, value] of Object.entries(written)) {
    if (!Object.hasOwn(KEYWORDS, keyword) || !KEYWORDS[keyword]?.(value)) continue;
    sound[keyword] = value;
  }
  const { items, properties } = written;
  const parts = isJsonObject(properties)
    ? Object.entries(properties).filter(([, part]) => isJsonObject(part))
    : undefined;
  return {
    ...(sound as ArgumentSchema),
    ...(isJsonObject(items) && { items: soundSchema(items) }),
    ...(parts && { properties: Object.fromEntries(parts.map(([key, part]) => [key, soundSchema(part as Written)])) }),
  };
}
