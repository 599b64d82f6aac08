import type { JsonValue } from '../../text/node.ts';
import type { ArgumentSchema } from '../model/tool.ts';
import { isOfType, TYPE_NAMES, valueFaults } from '../values/argument-value.ts';
import { compilePattern } from '../values/pattern.ts';

type Type = NonNullable<ArgumentSchema['type']>;

/** Why a declaration cannot work, whatever the value. */
export interface DeclarationFault {
  /** The path from the declaration to the faulty part: `['items', 'maxLength']`. */
  readonly path: readonly string[];
  /** Whether the key is at fault, instead of its value. */
  readonly isKey?: boolean;
  /** Completes "... cannot work: ". */
  readonly message: string;
}

/** Faults that `check` finds, once for a declaration. */
export function declarationFaults(schema: ArgumentSchema): DeclarationFault[] {
  return faultsAt(schema, schema.type ?? 'string', []);
}

/** @param type undefined where any type is allowed */
function faultsAt(schema: ArgumentSchema, type: Type | undefined, path: readonly string[]): DeclarationFault[] {
  const where = path.length === 0 ? 'its' : `at \`${path.join('.')}\` its`;
  const own = [
    ...(type === undefined ? [] : [...strayKeywords(schema, type), ...valuesOfOtherType(schema, type)]),
    ...emptyRanges(schema),
    ...impossible(schema),
    ...(path.length === 0 ? [] : topKeywords(schema)),
  ];
  // A declaration with a fault of its own would be reported twice.
  const all = own.length > 0 ? own : excludedValues(type === undefined ? schema : { ...schema, type });
  return [
    ...all.map((fault) => ({ ...fault, path: [...path, ...fault.path], message: `${where} ${fault.message}` })),
    ...(schema.items === undefined ? [] : faultsAt(schema.items, schema.items.type, [...path, 'items'])),
    ...Object.entries(schema.properties ?? {}).flatMap(([key, property]) =>
      faultsAt(property, property.type, [...path, 'properties', key]),
    ),
  ];
}

const KEYWORDS_OF: Readonly<Record<string, readonly (keyof ArgumentSchema)[]>> = {
  string: ['pattern', 'format', 'minLength', 'maxLength'],
  number: ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  array: ['minItems', 'maxItems', 'uniqueItems', 'items'],
  object: ['properties', 'required', 'additionalProperties'],
};

/** A keyword for another type has no effect; most often `type` is missing. */
function strayKeywords(schema: ArgumentSchema, type: Type): DeclarationFault[] {
  return Object.entries(KEYWORDS_OF).flatMap(([of, keywords]) =>
    of === type || (of === 'number' && type === 'integer')
      ? []
      : keywords
          .filter((keyword) => Object.hasOwn(schema, keyword))
          .map((keyword) => ({
            path: [keyword],
            isKey: true,
            message: `\`${keyword}\` says nothing about ${TYPE_NAMES[type]}: remove it, or declare \`type: ${of}\``,
          })),
  );
}

function valuesOfOtherType(schema: ArgumentSchema, type: Type): DeclarationFault[] {
  const fits = (value: JsonValue) => isOfType(value, type);
  const stranger = (schema.enum ?? []).findIndex((value) => !fits(value));
  return [
    ...(stranger === -1
      ? []
      : [{ path: ['enum', String(stranger)], message: `\`enum\` holds a value that is not ${TYPE_NAMES[type]}` }]),
    ...(schema.const === undefined || fits(schema.const)
      ? []
      : [{ path: ['const'], message: `\`const\` is not ${TYPE_NAMES[type]}` }]),
  ];
}

const RANGES = [
  ['minLength', 'maxLength', false],
  ['minItems', 'maxItems', false],
  ['minimum', 'maximum', false],
  ['exclusiveMinimum', 'maximum', true],
  ['minimum', 'exclusiveMaximum', true],
  ['exclusiveMinimum', 'exclusiveMaximum', true],
] as const;

function emptyRanges(schema: ArgumentSchema): DeclarationFault[] {
  return RANGES.flatMap(([lower, upper, open]) => {
    const low = schema[lower] ?? -Infinity;
    const high = schema[upper] ?? Infinity;
    const isEmpty = low > high || (open && low === high);
    const holdsNoInteger = schema.type === 'integer' && Math.ceil(low) > Math.floor(high);
    if (!isEmpty && !holdsNoInteger) return [];
    return [{ path: [upper], message: `\`${lower}\` and \`${upper}\` leave no value between them` }];
  });
}

function impossible({ pattern, required, properties, additionalProperties }: ArgumentSchema): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  if (pattern !== undefined && compilePattern(pattern) === undefined)
    faults.push({
      path: ['pattern'],
      message:
        '`pattern` is not a regular expression that can be matched in linear time (no look-around or back references)',
    });
  if (additionalProperties === false && Array.isArray(required))
    for (const [index, key] of required.entries())
      if (!Object.hasOwn(properties ?? {}, key))
        faults.push({
          path: ['required', String(index)],
          message: `\`required\` names "${key}", which \`properties\` does not have`,
        });
  return faults;
}

/** Values that the declaration lists although its other keywords refuse them. */
function excludedValues(schema: ArgumentSchema): DeclarationFault[] {
  const { enum: values = [], const: only, ...others } = schema;
  const listed = values.map((value, index) => [value, ['enum', String(index)]] as const);
  const all = only === undefined ? listed : [[only, ['const']] as const];
  const rest = only === undefined || values.length === 0 ? others : { ...others, enum: values };
  return all.flatMap(([value, path]) => {
    const [fault] = valueFaults(value, rest);
    return fault === undefined
      ? []
      : [{ path, message: `\`${path[0]}\` holds a value that can never be given: it ${fault}` }];
  });
}

/** Keys that belong to an argument and not to its parts, where the schema allows them too. */
function topKeywords(schema: ArgumentSchema): DeclarationFault[] {
  const faults: DeclarationFault[] = [];
  if (typeof Reflect.get(schema, 'required') === 'boolean')
    faults.push({
      path: ['required'],
      message: '`required` is a list: the object that holds it names its required properties',
    });
  if (Object.hasOwn(schema, 'sensitive'))
    faults.push({ path: ['sensitive'], isKey: true, message: '`sensitive` belongs to the whole argument' });
  return faults;
}
