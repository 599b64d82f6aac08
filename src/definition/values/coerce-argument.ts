import type { ExactReading } from '../../text/exact-json.ts';
import type { JsonValue } from '../../text/node.ts';
import { asText } from '../expressions/template.ts';
import type { Argument } from '../model/tool.ts';
import { readArgumentText } from './argument-value.ts';

/**
 * Converts a value of `with` in a step that has `coerce`: text is read by the declared type, and any other value
 * becomes text where text is declared. `undefined` counts as not given: the result for an empty text if the type has no
 * empty value.
 */
export function coerceArgument(value: JsonValue, argument: Argument): ExactReading | undefined {
  const type = argument.schema.type ?? 'string';
  if (type === 'string') return { value: asText(value) };
  if (typeof value !== 'string') return { value };
  const text = value.trim();
  if (text === '') return undefined;
  return readArgumentText(type === 'boolean' ? text.toLowerCase() : text, argument);
}
