import type { ErrorObject } from 'ajv';
import type { JsonValue, YamlNode } from './node.ts';
import { type Location, type Problem, problem } from './problem.ts';
import { didYouMean, nearest } from './suggestion.ts';
import { canonicalWord, synonymIn } from './synonyms.ts';

/** One violation of a schema, with all data for its message. */
export interface SchemaViolation {
  readonly error: ErrorObject;
  /** The refused value, or the mapping that holds or lacks the key in question. */
  readonly node: YamlNode;
  readonly at: Location;
  /** The name of the value: `"timeout"`, `an item of "steps"`, `the tool`. */
  readonly label: string;
  readonly schema: SchemaPart;
  /** The schema of its items, if it has to be a list. */
  readonly item: SchemaPart;
  /** Whether the mapping around it requires it. */
  readonly isRequired: boolean;
}

/** The part of a schema for one place of a document, with `$ref` resolved. */
export interface SchemaPart {
  readonly keywords: { readonly [keyword: string]: JsonValue };
  /** The form of the value in words, if a pattern defines it: it completes "has to be ...". */
  readonly form?: string;
}

export function explain(mistake: SchemaViolation): Problem {
  const { error } = mistake;
  if (error.propertyName !== undefined) return badName(mistake, error.propertyName);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(mistake);
    case 'required':
      return missingKey(mistake);
    case 'type':
      return wrongType(mistake);
    default:
      return wrongValue(mistake);
  }
}

/** The key that the user probably meant by an unknown one. */
export function meantKey({ error, schema }: SchemaViolation): string | undefined {
  const key = String(error.params.additionalProperty);
  return nearest(key, knownKeys(schema)) ?? canonicalWord(key, knownKeys(schema)) ?? keyWithoutColon(key, schema);
}

/** `{name x}` is a key "name x" without a value. */
function keyWithoutColon(key: string, schema: SchemaPart): string | undefined {
  const [first = '', ...value] = key.split(/\s+/);
  return value.length > 0 && knownKeys(schema).includes(first) ? first : undefined;
}

function unknownKey(mistake: SchemaViolation): Problem {
  const key = String(mistake.error.params.additionalProperty);
  const instead = synonymIn(key, knownKeys(mistake.schema));
  if (instead !== undefined)
    return problem('schema/unknown-key', `an argument cannot be declared with "${key}" of JSON Schema`, {
      at: keyLocation(mistake, key),
      hint: instead,
    });
  const meant = meantKey(mistake);
  const hint =
    meant === undefined
      ? `remove it; the keys here are: ${knownKeys(mistake.schema).join(', ')}`
      : meant === keyWithoutColon(key, mistake.schema)
        ? `put a ":" behind "${meant}"`
        : (asMapping(mistake, key, meant) ?? `did you mean "${meant}"?`);
  return problem('schema/unknown-key', `unknown key "${key}"`, { at: keyLocation(mistake, key), hint });
}

/** `retries: 3` is `retry: {limit: 3}`: the hint for a meant key whose value has another form. */
function asMapping({ node, schema }: SchemaViolation, key: string, meant: string): string | undefined {
  const value = node.kind === 'map' ? node.entries.get(key)?.value : undefined;
  const wanted = member(schema.keywords.properties, meant);
  const [inner, ...more] = listOf(member(wanted, 'required'));
  if (value?.kind !== 'scalar' || value.value === null || inner === undefined || more.length > 0) return undefined;
  return member(wanted, 'type') === 'object' ? `write ${meant}: {${inner}: ${value.text}}` : undefined;
}

function missingKey({ error, at, label, schema }: SchemaViolation): Problem {
  const key = String(error.params.missingProperty);
  const description = member(member(schema.keywords.properties, key), 'description');
  return problem('schema/missing-key', `${label} has no "${key}"`, {
    at,
    hint: typeof description === 'string' ? `add \`${key}:\` — ${description}` : `add \`${key}:\``,
  });
}

function wrongType(mistake: SchemaViolation): Problem {
  const { error, node, at, label } = mistake;
  const types = [error.params.type as string | string[]].flat();
  const wanted = inWords(types);
  if (node.kind === 'scalar' && node.value === null)
    return problem('schema/type', `${label} is empty, and has to be ${wanted}`, {
      at,
      hint: mistake.isRequired ? 'give it a value' : 'give it a value, or remove it',
    });
  const found = ARTICLES[typeOf(node)] ?? typeOf(node);
  return problem('schema/type', `${label} has to be ${wanted}, not ${found}`, { at, hint: typeHint(mistake, types) });
}

/** A hint how to write the value so that it has the type. */
function typeHint({ node, schema, item }: SchemaViolation, types: readonly string[]): string | undefined {
  const written = node.kind === 'scalar' ? node.text : undefined;
  const example = exampleOf(schema);
  if (written === undefined && types.includes('string') && example !== undefined) return example;
  if (written !== undefined && types.includes('string')) {
    const { pattern } = schema.keywords;
    const fits = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(written);
    return fits ? `write it in quotes: "${written}"` : `it has to be ${schema.form ?? 'of another form'}`;
  }
  if (types.includes('array')) {
    const isItem = written !== undefined && item.keywords.type !== 'object';
    return isItem ? `write it as a list: [${written}]` : (example ?? 'begin each item with "- "');
  }
  if (types.includes('object')) {
    const [key, ...more] = listOf(schema.keywords.required);
    if (written !== undefined && key !== undefined && more.length === 0)
      return `write it as a mapping: {${key}: ${written}}`;
    return example ?? 'write it as lines of "key: value"';
  }
  if (types.includes('boolean') && written !== undefined && /^(true|false|yes|no|on|off)$/i.test(written))
    return 'write true or false, without quotes';
  const isNumber = written !== undefined && written.trim() !== '' && Number.isFinite(Number(written));
  return isNumber ? 'write it without quotes' : undefined;
}

function exampleOf({ keywords }: SchemaPart): string | undefined {
  const [example] = Array.isArray(keywords.examples) ? keywords.examples : [];
  if (example === undefined) return undefined;
  return `for example: ${typeof example === 'string' ? example : JSON.stringify(example)}`;
}

function badName(mistake: SchemaViolation, name: string): Problem {
  const reason = mistake.schema.form ?? 'of another form';
  return problem('schema/value', `"${name}" is not a name that is allowed here: it has to be ${reason}`, {
    at: keyLocation(mistake, name),
  });
}

function wrongValue({ error, node, at, label, schema }: SchemaViolation): Problem {
  const written = node.kind === 'scalar' ? node.text : '';
  const say = (message: string, hint?: string) => problem('schema/value', `${label} ${message}`, { at, hint });
  const { allowedValues, allowedValue, limit } = error.params as { [name: string]: unknown };
  switch (error.keyword) {
    case 'enum': {
      const allowed = (allowedValues as unknown[]).map(String);
      if (written === '') return say(`has to be one of: ${allowed.join(', ')}`);
      const ours = canonicalWord(written, allowed);
      const meant = ours === undefined ? didYouMean(written, allowed) : `did you mean "${ours}"?`;
      return say(`cannot be "${written}"`, meant ?? `it is one of: ${allowed.join(', ')}`);
    }
    case 'const':
      return say(`has to be "${String(allowedValue)}"`);
    case 'pattern':
      return say(`cannot be "${written.slice(0, 60)}": it has to be ${schema.form ?? 'of another form'}`);
    default: {
      const words = LIMITS[error.keyword];
      return say(words === undefined ? 'is not allowed' : words(Number(limit)));
    }
  }
}

const LIMITS: Readonly<Record<string, (limit: number) => string>> = {
  minLength: (limit) => (limit === 1 ? 'is empty' : `needs at least ${limit} characters`),
  maxLength: (limit) => `is longer than ${limit} characters`,
  minItems: (limit) => (limit === 1 ? 'is empty: it needs at least one item' : `needs at least ${limit} items`),
  maxItems: (limit) => `has more than ${limit} items`,
  maxProperties: (limit) => `has more than ${limit} keys`,
  minimum: (limit) => `has to be ${limit} or more`,
  maximum: (limit) => `has to be ${limit} or less`,
  exclusiveMinimum: (limit) => `has to be more than ${limit}`,
};

const ARTICLES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a mapping',
  array: 'a list',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
};

function inWords(types: readonly string[]): string {
  const words = types.map((type) => ARTICLES[type] ?? type);
  const last = words.pop() ?? '';
  if (words.length === 0) return last;
  return `${words.join(', ')}${last.includes(' or ') ? ', ' : ' or '}${last}`;
}

function typeOf(node: YamlNode): string {
  if (node.kind === 'map') return 'object';
  return node.kind === 'list' ? 'array' : typeof node.value;
}

function keyLocation({ node, at }: SchemaViolation, key: string): Location {
  const entry = node.kind === 'map' ? node.entries.get(key) : undefined;
  return entry === undefined ? at : { source: at.source, range: entry.key.range };
}

function knownKeys({ keywords }: SchemaPart): string[] {
  return Object.keys((keywords.properties ?? {}) as object);
}

function listOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function member(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.hasOwn(value, key) ? (value as { [key: string]: JsonValue })[key] : undefined;
}
