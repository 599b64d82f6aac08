import type { JsonValue } from '../text/node.ts';
import { isOfType, TYPE_NAMES } from './argument-value.ts';
import { compilePattern } from './pattern.ts';
import type { ArgumentSchema } from './tool.ts';

type Type = NonNullable<ArgumentSchema['type']>;

/** Why a declaration cannot work, whatever the value; checked once at `check` time. Each completes "... cannot work: ". */
export function declarationFaults(schema: ArgumentSchema): string[] {
  return faultsAt(schema, schema.type ?? 'string', '');
}

/** @param type undefined where any type is allowed */
function faultsAt(schema: ArgumentSchema, type: Type | undefined, path: string): string[] {
  const where = path === '' ? 'its' : `at \`${path}\` its`;
  const below = path === '' ? '' : `${path}.`;
  return [
    ...(type === undefined ? [] : [...strayKeywords(schema, type), ...valuesOfOtherType(schema, type)]),
    ...emptyRanges(schema),
    ...impossible(schema),
    ...(path === '' ? [] : topKeywords(schema)),
  ]
    .map((fault) => `${where} ${fault}`)
    .concat(
      schema.items === undefined ? [] : faultsAt(schema.items, schema.items.type, `${below}items`),
      Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
        faultsAt(property, property.type, `${below}properties.${key}`),
      ),
    );
}

const KEYWORDS_OF: Readonly<Record<string, readonly (keyof ArgumentSchema)[]>> = {
  string: ['pattern', 'format', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['minItems', 'maxItems', 'uniqueItems', 'items'],
  object: ['properties', 'required', 'additionalProperties'],
};

/** A keyword that is about another type holds nothing; most often `type` was forgotten. */
function strayKeywords(schema: ArgumentSchema, type: Type): string[] {
  return Object.entries(KEYWORDS_OF).flatMap(([of, keywords]) =>
    of === type || (of === 'number' && type === 'integer')
      ? []
      : keywords
          .filter((keyword) => Object.hasOwn(schema, keyword))
          .map((keyword) => `\`${keyword}\` says nothing about ${TYPE_NAMES[type]}: it needs \`type: ${of}\``),
  );
}

function valuesOfOtherType(schema: ArgumentSchema, type: Type): string[] {
  const fits = (value: JsonValue) => isOfType(value, type);
  const faults: string[] = [];
  if (schema.enum?.every(fits) === false) faults.push(`\`enum\` holds a value that is not ${TYPE_NAMES[type]}`);
  if (schema.const !== undefined && !fits(schema.const)) faults.push(`\`const\` is not ${TYPE_NAMES[type]}`);
  return faults;
}

function emptyRanges(schema: ArgumentSchema): string[] {
  const pairs = [
    ['minLength', 'maxLength', false],
    ['minItems', 'maxItems', false],
    ['minimum', 'maximum', false],
    ['exclusiveMinimum', 'maximum', true],
    ['minimum', 'exclusiveMaximum', true],
    ['exclusiveMinimum', 'exclusiveMaximum', true],
  ] as const;
  return pairs.flatMap(([lower, upper, open]) => {
    const low = schema[lower] ?? -Infinity;
    const high = schema[upper] ?? Infinity;
    return low > high || (open && low === high) ? [`\`${lower}\` and \`${upper}\` leave no value between them`] : [];
  });
}

function impossible({ pattern, required, properties, additionalProperties }: ArgumentSchema): string[] {
  const faults: string[] = [];
  if (pattern !== undefined && compilePattern(pattern) === undefined)
    faults.push(
      '`pattern` is not a regular expression that can be matched in linear time (no look-around or back references)',
    );
  if (additionalProperties === false && Array.isArray(required))
    for (const key of required)
      if (!Object.hasOwn(properties ?? {}, key))
        faults.push(`\`required\` names "${key}", which \`properties\` does not have`);
  return faults;
}

/** Keys of an argument that are not of its parts; the schema lets them stand there. */
function topKeywords(schema: ArgumentSchema): string[] {
  const faults: string[] = [];
  if (typeof Reflect.get(schema, 'required') === 'boolean')
    faults.push('`required` is a list: the object that holds it names its required properties');
  if (Object.hasOwn(schema, 'sensitive')) faults.push('`sensitive` belongs to the whole argument');
  return faults;
}
