import { type ExactReading, keepsDigits, NOT_JSON, parseExactJson } from '../../text/exact-json.ts';
import type { JsonValue } from '../../text/node.ts';
import { asText } from '../expressions/template.ts';
import type { Argument, ArgumentSchema } from '../model/tool.ts';
import { compilePattern } from './pattern.ts';
import { formatInWords, TEXT_FORMATS } from './text-format.ts';

/**
 * Checks a value against an argument's declaration by interpreting the schema: compiling one with ajv costs 200 ms at
 * every run. A test compares it with ajv on the same cases. Messages complete "the argument X ...", without values.
 */
export function valueFaults(value: JsonValue, schema: ArgumentSchema, path = ''): string[] {
  const where = path === '' ? '' : `at ${path} `;
  const type = schema.type ?? (path === '' ? 'string' : undefined);
  if (typeof value === 'number' && losesDigits(value, type)) return [`${where}${TOO_LARGE}`];
  if (type !== undefined && !isOfType(value, type)) {
    const isFraction = type === 'integer' && typeof value === 'number';
    return [`${where}has to be ${TYPE_NAMES[type]}, not ${isFraction ? 'one with a fraction' : typeInWords(value)}`];
  }
  const faults: string[] = [];
  const fail = (reason: string) => faults.push(`${where}${reason}`);
  if (schema.enum !== undefined && !schema.enum.some((one) => sameJson(one, value)))
    fail(`has to be one of: ${schema.enum.map(asText).join(', ')}`);
  if (schema.const !== undefined && !sameJson(schema.const, value)) fail(`has to be ${asText(schema.const)}`);
  if (typeof value === 'string') textFaults(value, schema, fail);
  else if (typeof value === 'number') numberFaults(value, schema, fail);
  else if (Array.isArray(value)) {
    listFaults(value, schema, fail);
    const { items } = schema;
    if (items !== undefined)
      for (const [index, item] of value.entries()) faults.push(...valueFaults(item, items, `${path}[${index}]`));
  } else if (value !== null && typeof value === 'object') {
    objectFaults(value, schema, fail);
    for (const [key, item] of Object.entries(value)) {
      const property = own(schema.properties, key);
      if (property !== undefined) faults.push(...valueFaults(item, property, path === '' ? key : `${path}.${key}`));
    }
  }
  return faults;
}

/**
 * Reads the text of `--arg name=TEXT` by the declared type. The text stays unchanged where the type is text, or where
 * it cannot be read. A fault says what reading the text would change.
 */
export function readArgumentText(text: string, argument: Argument): ExactReading {
  switch (argument.schema.type ?? 'string') {
    case 'string':
      return { value: text };
    case 'boolean':
      return { value: text === 'true' ? true : text === 'false' ? false : text };
    case 'integer':
    case 'number':
      if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return { value: text };
      return keepsDigits(text) ? { value: Number(text) } : { fault: TOO_LONG };
    case 'array':
    case 'object': {
      const read = parseExactJson(text);
      if ('value' in read) return read;
      return read.fault === NOT_JSON ? { value: text } : { fault: `holds ${read.fault}` };
    }
  }
}

export const TYPE_NAMES = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list (JSON)',
  object: 'an object (JSON)',
  null: 'null',
} as const;

function typeName(value: JsonValue): keyof typeof TYPE_NAMES {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as 'string' | 'number' | 'boolean' | 'object');
}

function typeInWords(value: JsonValue): string {
  return TYPE_NAMES[typeName(value)];
}

export function isOfType(value: JsonValue, type: NonNullable<ArgumentSchema['type']>): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeName(value) === type;
}

/** Whether a number has lost digits: JSON's numbers are doubles here, and longer ones have already been rounded. */
function losesDigits(value: number, type: ArgumentSchema['type']): boolean {
  if (type === 'integer') return Math.abs(value) > Number.MAX_SAFE_INTEGER;
  return (type === 'number' || type === undefined) && !Number.isFinite(value);
}

const TOO_LARGE = `is too large for a number (a whole one has ${Number.MAX_SAFE_INTEGER} at most): declare it as text`;
const TOO_LONG = 'has more digits than a number keeps: declare it as text';

type Fail = (reason: string) => void;

function textFaults(value: string, schema: ArgumentSchema, fail: Fail): void {
  const length = [...value].length;
  if (length < (schema.minLength ?? 0)) fail(`needs at least ${schema.minLength} characters`);
  if (length > (schema.maxLength ?? Infinity)) fail(`may have ${schema.maxLength} characters at most`);
  if (schema.pattern !== undefined && !compilePattern(schema.pattern)?.test(value))
    fail(`has to match ${schema.pattern}`);
  const format = schema.format === undefined ? undefined : own(TEXT_FORMATS, schema.format);
  if (format !== undefined && !format(value)) fail(`has to be ${formatInWords(schema.format ?? '')}`);
}

function numberFaults(value: number, schema: ArgumentSchema, fail: Fail): void {
  if (value < (schema.minimum ?? -Infinity)) fail(`has to be ${schema.minimum} or more`);
  if (value > (schema.maximum ?? Infinity)) fail(`has to be ${schema.maximum} or less`);
  if (value <= (schema.exclusiveMinimum ?? -Infinity)) fail(`has to be more than ${schema.exclusiveMinimum}`);
  if (value >= (schema.exclusiveMaximum ?? Infinity)) fail(`has to be less than ${schema.exclusiveMaximum}`);
  if (schema.multipleOf !== undefined && !Number.isInteger(value / schema.multipleOf))
    fail(`has to be a multiple of ${schema.multipleOf}`);
}

function listFaults(value: readonly JsonValue[], schema: ArgumentSchema, fail: Fail): void {
  if (value.length < (schema.minItems ?? 0)) fail(`needs at least ${schema.minItems} items`);
  if (value.length > (schema.maxItems ?? Infinity)) fail(`may have ${schema.maxItems} items at most`);
  if (schema.uniqueItems === true && new Set(value.map(stableText)).size < value.length)
    fail('may not hold an item twice');
}

function objectFaults(value: { [key: string]: JsonValue }, schema: ArgumentSchema, fail: Fail): void {
  const required = Array.isArray(schema.required) ? schema.required : [];
  for (const key of required) if (!Object.hasOwn(value, key)) fail(`needs "${key}"`);
  if (schema.additionalProperties !== false) return;
  for (const key of Object.keys(value)) if (own(schema.properties, key) === undefined) fail(`may not have "${key}"`);
}

function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

function sameJson(a: JsonValue, b: JsonValue): boolean {
  return stableText(a) === stableText(b);
}

/** JSON with sorted keys; unlike RFC 8785 it accepts lone surrogates, which an argument may hold. */
function stableText(value: JsonValue): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(stableText).join()}]`;
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${stableText(value[key] ?? null)}`)
    .join()}}`;
}

const MAXIMUM_ITEMS = 10_000;

/** Why `forEach` cannot repeat a step over the value, or null. Quotes no part of the value. */
export function itemsFault(value: JsonValue): string | null {
  if (!Array.isArray(value)) return `\`forEach\` needs a list, and its expression gives ${typeInWords(value)}`;
  if (value.length <= MAXIMUM_ITEMS) return null;
  return `\`forEach\` takes ${MAXIMUM_ITEMS} items at most, and its expression gives ${value.length}`;
}
