import { createHash } from 'node:crypto';
import type { Tool as McpTool } from '@modelcontextprotocol/server';
import { inputSchemaOf } from '../../definition/model/input-schema.ts';
import type { Tool } from '../../definition/model/tool.ts';
import type { JsonValue } from '../../text/node.ts';
import { canonicalJson } from '../../util/canonical-json.ts';
import { plainSchema, plainText } from './plain-schema.ts';

/** The key in `_meta` under which a tool has its digest. */
export const DIGEST_KEY = 'lockstep/digest';

type JsonObject = Readonly<Record<string, JsonValue>>;

/**
 * A tool as `tools/list` shows it. Its digest covers all that a person or a model decides by, so that a host sees when a
 * tool that was approved has become another one.
 */
export function toolEntry(tool: Tool): McpTool {
  const hints = annotationsOf(tool);
  const shown = {
    name: tool.name,
    description: plainText(tool.description ?? '') || `The tool ${tool.name}.`,
    inputSchema: plainSchema(inputSchemaOf(tool) as unknown as JsonObject),
    ...(tool.outputs.size > 0 && { outputSchema: outputSchemaOf(tool) }),
    ...(Object.keys(hints).length > 0 && { annotations: hints }),
  };
  const digest = createHash('sha256').update(canonicalJson(shown)).digest('hex');
  return { ...shown, _meta: { [DIGEST_KEY]: `sha256:${digest}` } } as unknown as McpTool;
}

/** Outputs are texts. A sensitive one is shown as `***`. */
function outputSchemaOf({ outputs }: Tool): JsonObject {
  const names = [...outputs.keys()];
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    required: names,
    additionalProperties: false,
  };
}

const HINTS = {
  readOnly: 'readOnlyHint',
  destructive: 'destructiveHint',
  idempotent: 'idempotentHint',
  openWorld: 'openWorldHint',
} as const;

/** In the protocol's words; what the definition does not say stays open. */
function annotationsOf({ annotations }: Tool): Readonly<Record<string, boolean>> {
  const said = Object.entries(HINTS).flatMap(([key, hint]) => {
    const value = annotations[key as keyof typeof HINTS];
    return value === undefined ? [] : [[hint, value] as const];
  });
  return Object.fromEntries(said);
}
