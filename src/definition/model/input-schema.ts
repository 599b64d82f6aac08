import type { JsonValue } from '../../text/node.ts';
import type { ArgumentSchema, Tool } from './tool.ts';

/** JSON Schema (2020-12) of an object with a tool's arguments, in the form that MCP and agent frameworks accept. */
export interface InputSchema {
  readonly type: 'object';
  readonly properties: Readonly<
    Record<string, ArgumentSchema & { readonly description?: string; readonly default?: JsonValue }>
  >;
  readonly required: readonly string[];
  readonly additionalProperties: false;
}

export function inputSchemaOf({ args }: Tool): InputSchema {
  const properties = [...args.values()].map(({ name, schema, description, default: fallback }) => [
    name,
    {
      ...schema,
      ...(description !== undefined && { description }),
      ...(fallback !== undefined && { default: fallback }),
    },
  ]);
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: [...args.values()].filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}
