import { EvaluationError } from '../../definition/expressions/expression.ts';
import { renderData } from '../../definition/expressions/template.ts';
import type { ArgumentSchema, Tool } from '../../definition/model/tool.ts';
import { valueFaults } from '../../definition/values/argument-value.ts';
import { coerceArgument } from '../../definition/values/coerce-argument.ts';
import type { PlannedToolCall } from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import { DEEPEST, nestsTooDeeply } from '../../text/node.ts';
import type { EndReason } from '../event.ts';
import type { Frame } from '../frame.ts';

/** The arguments that a `uses` step passes to the tool that it calls. */
export function callArguments({ step, call }: PlannedToolCall, frame: Frame): { values: Frame['args'] } | EndReason {
  const values: Record<string, JsonValue> = Object.create(null);
  try {
    const scope = frame.scope(frame.variables());
    for (const [name, { value }] of step.with) values[name] = renderData(value, scope);
  } catch (error) {
    if (error instanceof EvaluationError) return { why: 'expression', detail: error.message };
    throw error;
  }
  return checkedArguments(call.tool, values, step.coerce);
}

/**
 * Declared defaults filled in; what expressions gave is held against the declarations like anything from outside. Null,
 * which an output that was never written comes to, counts as not given.
 */
export function checkedArguments(
  tool: Tool,
  given: Readonly<Record<string, JsonValue>>,
  coerce: boolean,
): { values: Readonly<Record<string, JsonValue>> } | EndReason {
  const values: Record<string, JsonValue> = Object.create(null);
  for (const argument of tool.args.values()) {
    const { name, schema, required, default: fallback } = argument;
    const written = given[name] ?? undefined;
    const read = written === undefined || !coerce ? { value: written } : coerceArgument(written, argument);
    const value = (read && 'value' in read ? read.value : undefined) ?? fallback;
    if (value !== undefined) values[name] = value;
    const [fault] = read && 'fault' in read ? [read.fault] : value === undefined ? [] : valueFaultText(value, schema);
    if (fault !== undefined) return { why: 'arguments', detail: `the argument "${name}" of ${tool.name} ${fault}` };
    if (value === undefined && required)
      return {
        why: 'arguments',
        detail: `${tool.name} needs the argument "${name}", but the expression for it has no value`,
      };
  }
  return { values };
}

function valueFaultText(value: JsonValue, schema: ArgumentSchema): string[] {
  return nestsTooDeeply(value) ? [`is nested deeper than ${DEEPEST} levels`] : valueFaults(value, schema);
}
