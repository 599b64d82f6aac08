import type { ToolDetails } from '../../generated/answers.ts';

/** An argument as the form shows it, from its JSON Schema. */
export interface FormArgument {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly sensitive: boolean;
  readonly kind: 'text' | 'number' | 'switch' | 'choice' | 'list' | 'json';
  /** The values of a choice. */
  readonly choices: readonly unknown[];
  readonly itemKind: 'text' | 'number';
  readonly fallback: unknown;
  /** Beside the name: `2 to 40, else 6`. */
  readonly note: string;
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

export function formArguments({ args, inputSchema }: ToolDetails): readonly FormArgument[] {
  const properties = (inputSchema.properties ?? {}) as Readonly<Record<string, Schema>>;
  return args.map(({ name, description, required, sensitive }) => {
    const schema = properties[name] ?? {};
    return {
      name,
      description,
      required,
      sensitive: sensitive === true,
      kind: kindOf(schema),
      choices: schema.enum ?? [],
      itemKind: isNumber(schema.items) ? 'number' : 'text',
      fallback: schema.default,
      note: noteOf(schema, required),
    };
  });
}

function kindOf(schema: Schema): FormArgument['kind'] {
  if (schema.enum !== undefined) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (isNumber(schema)) return 'number';
  if (schema.type === 'array') return isPlain(schema.items) ? 'list' : 'json';
  return schema.type === undefined || schema.type === 'string' ? 'text' : 'json';
}

function isNumber(schema: Schema | undefined): boolean {
  return schema?.type === 'integer' || schema?.type === 'number';
}

/** A line of a list editor holds it. */
function isPlain(items: Schema | undefined): boolean {
  return items !== undefined && (items.type === 'string' || isNumber(items));
}

function noteOf(schema: Schema, required: boolean): string {
  const { type, minimum, maximum, pattern, format, default: fallback } = schema;
  const range =
    minimum !== undefined && maximum !== undefined
      ? `${minimum} to ${maximum}`
      : minimum !== undefined
        ? `at least ${minimum}`
        : maximum !== undefined
          ? `at most ${maximum}`
          : '';
  const kind = type === 'object' ? 'JSON object' : type === 'array' && !isPlain(schema.items) ? 'JSON list' : '';
  const form = format ?? (pattern === undefined ? '' : `like ${pattern}`);
  const absent =
    type === 'boolean' && fallback !== undefined
      ? ''
      : fallback !== undefined
        ? `else ${cut(shown(fallback))}`
        : required
          ? ''
          : 'optional';
  return [range, kind, form, absent].filter((one) => one !== '').join(', ');
}

function cut(text: string): string {
  return text.length > 30 ? `${text.slice(0, 29)}…` : text;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.map(shown).join(', ') || 'empty';
  return typeof value === 'string' ? value || 'empty' : JSON.stringify(value);
}
