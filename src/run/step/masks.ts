import { asText } from '../../definition/expressions/template.ts';
import type { Tool } from '../../definition/model/tool.ts';
import { Redactor } from '../../masking/redactor.ts';
import type { Plan } from '../../plan/plan.ts';
import type { JsonValue } from '../../text/node.ts';
import type { SecretValue } from '../../vault/secret-value.ts';

const DECIMAL = /^[+-]?\d{1,1000}(\.\d{0,1000})?(e[+-]?\d{1,3})?$/i;

/**
 * One redactor for the whole run: a step may print what another was given. It begins with the secrets of the vault and what
 * files of the machine hold. Sensitive arguments are masked alike, and may be handed on.
 */
export function masksOf(plan: Plan, values: Iterable<SecretValue>): Redactor {
  const redactor = masksOfValues(values);
  redactor.add(sensitiveTexts(plan.tool, plan.args));
  return redactor;
}

/** For a command without a definition. */
export function masksOfValues(values: Iterable<SecretValue>): Redactor {
  return new Redactor([...values].map((value) => value.reveal()));
}

/** The sensitive arguments as a step may print them: as a whole, and each text within a list or an object. */
export function sensitiveTexts(tool: Tool, args: Readonly<Record<string, JsonValue>>): Uint8Array[] {
  const sensitive = Object.entries(args).filter(([name]) => tool.args.get(name)?.sensitive);
  return sensitive.flatMap(([, value]) => masksOfValue(value));
}

/** As a whole, and each text and number within a list or an object. */
export function masksOfValue(value: JsonValue): Uint8Array[] {
  return [asText(value), ...textsIn(value)].map((text) => Buffer.from(text));
}

/** Masks every text of a JSON value, before JSON's own quoting changes how a secret looks. */
export function maskJson(value: JsonValue, redactor: Redactor): JsonValue {
  if (typeof value === 'string') return redactor.text(value);
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((item) => maskJson(item, redactor));
  const entries = Object.entries(value).map(([key, item]) => [redactor.text(key), maskJson(item, redactor)]);
  return Object.fromEntries(entries);
}

/** Whether an argument holds what is masked: in a text, as a number, or as JSON. */
export function holdsMasked(value: JsonValue, redactor: Redactor): boolean {
  const json = JSON.stringify(value);
  return redactor.text(json) !== json || JSON.stringify(maskJson(value, redactor)) !== json;
}

/** The values that are numbers, as JSON writes these: `007` and `7e0` become 7, and a long one loses its last digits. */
export function numbersAmong(values: Iterable<SecretValue>): Uint8Array[] {
  const texts = [...values].map((value) => Buffer.from(value.reveal()).toString().trim());
  return texts.filter((text) => DECIMAL.test(text)).map((text) => Buffer.from(JSON.stringify(Number(text))));
}

/** The same of a value that is kept as text: a list or an object as JSON. */
export function masksOfText(text: string): Uint8Array[] {
  try {
    return [Buffer.from(text), ...masksOfValue(JSON.parse(text) as JsonValue)];
  } catch {
    return [Buffer.from(text)];
  }
}

function textsIn(value: JsonValue): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number') return [String(value)];
  return value === null || typeof value !== 'object' ? [] : Object.values(value).flatMap(textsIn);
}
