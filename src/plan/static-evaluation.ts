import { ALL_WELL, type Expression } from '../definition/expressions/expression.ts';
import { asText, type Template } from '../definition/expressions/template.ts';
import type { ForEach, Step, Tool } from '../definition/model/tool.ts';
import { itemsFault } from '../definition/values/argument-value.ts';
import type { JsonValue } from '../text/node.ts';
import type { Location } from '../text/problem.ts';
import type { PlannedBase, PlannedItems } from './plan.ts';

/** The known values of a tool's arguments before anything runs. */
export interface KnownInputs {
  readonly tool: Tool;
  readonly args: Readonly<Record<string, JsonValue>>;
  /** The names of arguments that are not known yet. */
  readonly missing: readonly string[];
}

/** Whether an `if` lets its step run, as far as known before the run. */
export function plannedCondition({ condition }: Step, known: KnownInputs): PlannedBase['condition'] {
  if (condition === undefined || condition === true) return 'runs';
  if (condition === false) return 'skipped';
  if (condition.statusFunctions.length > 0) return 'undecided';
  const value = evaluateStatically(condition, known);
  return value === undefined ? 'undecided' : isTrue(value) ? 'runs' : 'skipped';
}

/** The number of items of a `forEach` and the problems of its list, as far as known before the run. */
export function plannedItems(
  { list, maxParallel }: ForEach,
  known: KnownInputs,
): { readonly items: PlannedItems; readonly at: Location; readonly fault?: string } {
  const value = list.statusFunctions.length > 0 ? undefined : evaluateStatically(list, known);
  const fault = value === undefined ? null : itemsFault(value);
  const items = {
    list: list.text.trim(),
    count: Array.isArray(value) && fault === null ? value.length : null,
    ...(maxParallel !== undefined && { maxParallel }),
  };
  return { items, at: list.place(list.result), ...(fault !== null && { fault }) };
}

/**
 * Fills a text as far as its values are known and may be shown: expressions that are unknown or hold a sensitive
 * argument remain as written.
 */
export function plannedText({ parts }: Template, { tool, args, missing }: KnownInputs): string {
  const sensitive = [...tool.args.values()].filter((one) => one.sensitive).map(({ name }) => name);
  const known = { tool, args, missing: [...missing, ...sensitive] };
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const value = evaluateStatically(part, known);
      return value === undefined ? `\${{ ${part.text.trim()} }}` : asText(value);
    })
    .join('');
}

/** The value of an expression that depends only on known arguments. */
function evaluateStatically(expression: Expression, { tool, args, missing }: KnownInputs): JsonValue | undefined {
  const isKnown = expression.references.every(
    ({ path: [context, name] }) =>
      (context === 'args' && name !== undefined && !missing.includes(name)) ||
      (context === 'env' && tool.env.size === 0),
  );
  if (!isKnown) return undefined;
  try {
    return expression.evaluate({ args, env: {}, steps: {}, status: ALL_WELL });
  } catch {
    return undefined;
  }
}

/** As on GitHub, false, 0, the empty text and null are false; all other values are true. */
export function isTrue(value: JsonValue): boolean {
  return value !== false && value !== 0 && value !== '' && value !== null;
}
