import { valueFaults } from '../definition/argument-value.ts';
import type { ArgumentSchema, Tool } from '../definition/tool.ts';
import type { JsonValue } from '../text/node.ts';
import type { EndReason } from './event.ts';
import { DEEPEST, nestsTooDeeply } from './nesting.ts';

/**
 * Declared defaults filled in; what expressions gave is held against the declarations like anything from outside. Null,
 * which an output that was never written comes to, counts as not given.
 */
export function checkedArguments(
  tool: Tool,
  given: Record<string, JsonValue>,
): { values: Readonly<Record<string, JsonValue>> } | EndReason {
  const values: Record<string, JsonValue> = Object.create(null);
  for (const { name, schema, required, default: fallback } of tool.args.values()) {
    const value = given[name] ?? fallback;
    if (value !== undefined) values[name] = value;
    const [fault] = value === undefined ? [] : faultsOf(value, schema);
    if (fault !== undefined) return { why: 'arguments', detail: `the argument "${name}" of ${tool.name} ${fault}` };
    if (value === undefined && required)
      return {
        why: 'arguments',
        detail: `${tool.name} needs the argument "${name}", and what was given for it came to nothing`,
      };
  }
  return { values };
}

function faultsOf(value: JsonValue, schema: ArgumentSchema): string[] {
  return nestsTooDeeply(value) ? [`is nested deeper than ${DEEPEST} levels`] : valueFaults(value, schema);
}
