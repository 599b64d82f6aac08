import type { ErrorObject } from 'ajv';
import agentSchema from '../../schemas/agent.schema.json' with { type: 'json' };
import lockstepSchema from '../../schemas/lockstep.schema.json' with { type: 'json' };
import toolSchema from '../../schemas/tool.schema.json' with { type: 'json' };
import type { Document } from './document.ts';
import { agent } from './generated/agent.js';
import { lockstep } from './generated/lockstep.js';
import { tool } from './generated/tool.js';
import { isJsonObject, type JsonValue, nodeAt, toJson } from './node.ts';
import type { Problem } from './problem.ts';
import { explain, meantKey, type SchemaPart, type SchemaViolation } from './schema-violation.ts';

const SCHEMAS = {
  tool: { validate: tool, schema: toolSchema as JsonValue, label: 'the tool' },
  agent: { validate: agent, schema: agentSchema as JsonValue, label: 'the agent' },
  lockstep: { validate: lockstep, schema: lockstepSchema as JsonValue, label: 'the file' },
};

export type SchemaName = keyof typeof SCHEMAS;
export const SCHEMA_NAMES = Object.keys(SCHEMAS) as readonly SchemaName[];

/** The schema as stored in schemas/. */
export function schemaOf(name: SchemaName): JsonValue {
  return SCHEMAS[name].schema;
}

/** Validates a document against its schema: one problem for each mistake, at the wrong token. */
export function schemaProblems(name: SchemaName, document: Document): Problem[] {
  const { validate } = SCHEMAS[name];
  if (validate(toJson(document.root))) return [];
  // For a bad key, ajv reports two errors: the fault itself, and that `propertyNames` failed.
  const errors = (validate.errors ?? []).filter((error) => error.keyword !== 'propertyNames');
  const mistakes = errors.map((error) => mistakeOf(error, name, document));
  const misspelt = new Set(mistakes.filter(isUnknownKey).map((one) => `${one.error.instancePath} ${meantKey(one)}`));
  return mistakes
    .filter(
      ({ error }) =>
        error.keyword !== 'required' || !misspelt.has(`${error.instancePath} ${error.params.missingProperty}`),
    )
    .map(explain);
}

function isUnknownKey({ error }: SchemaViolation): boolean {
  return error.keyword === 'additionalProperties';
}

function mistakeOf(error: ErrorObject, name: SchemaName, { root, source }: Document): SchemaViolation {
  const path = error.instancePath.split('/').slice(1).map(unescapePointer);
  const node = nodeAt(root, path);
  const part = partAt(SCHEMAS[name].schema, path);
  return {
    error,
    node,
    at: { source, range: node.range },
    label: labelOf(path, SCHEMAS[name].label),
    schema: error.propertyName === undefined ? part : partOf(part.keywords.propertyNames, SCHEMAS[name].schema),
    item: partOf(part.keywords.items, SCHEMAS[name].schema),
    isRequired: isRequired(SCHEMAS[name].schema, path),
  };
}

function labelOf(path: readonly string[], whole: string): string {
  const last = path.at(-1);
  if (last === undefined) return whole;
  if (!/^\d+$/.test(last)) return `"${last}"`;
  const list = path.at(-2);
  return list === undefined ? 'this item' : `an item of "${list}"`;
}

/**
 * The part of the schema for the value at a path. Each place of our schemas has only one part, because they have no
 * `oneOf`.
 */
function partAt(schema: JsonValue, path: readonly string[]): SchemaPart {
  let part = partOf(schema, schema);
  for (const key of path) {
    const { properties, additionalProperties, items } = part.keywords;
    const property = isJsonObject(properties) && Object.hasOwn(properties, key) ? properties[key] : undefined;
    part = partOf(property ?? (isJsonObject(additionalProperties) ? additionalProperties : items), schema);
  }
  return part;
}

function isRequired(schema: JsonValue, path: readonly string[]): boolean {
  const { required } = partAt(schema, path.slice(0, -1)).keywords;
  return Array.isArray(required) && required.some((key) => key === path.at(-1));
}

function partOf(value: JsonValue | undefined, schema: JsonValue): SchemaPart {
  if (!isJsonObject(value)) return { keywords: {} };
  const target = typeof value.$ref === 'string' ? definition(schema, value.$ref) : value;
  const form = target.description;
  return {
    keywords: { ...target, ...value },
    ...(typeof form === 'string' && { form: form.charAt(0).toLowerCase() + form.slice(1).replace(/\.$/, '') }),
  };
}

/** Resolves a reference. `#/$defs/NAME` is the only form of reference in our schemas. */
function definition(schema: JsonValue, reference: string): { readonly [keyword: string]: JsonValue } {
  const definitions = isJsonObject(schema) ? schema.$defs : undefined;
  const found = isJsonObject(definitions) ? definitions[reference.replace('#/$defs/', '')] : undefined;
  return isJsonObject(found) ? found : {};
}

function unescapePointer(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
