import type { JsonValue } from '../../../text/node.ts';
import { isDecimal } from '../template/limits.ts';
import { scriptQuoted } from './javascript.ts';
import { pythonQuoted } from './python.ts';

/** A value as the language writes it outside quotes; null of a text, which would be read as code there. */
export function literalOf(value: JsonValue | undefined, language: 'python' | 'node'): string | null {
  if (typeof value !== 'string') return written(value, language);
  if (!isDecimal(value)) return null;
  return value.startsWith('-') ? `(${value})` : value;
}

/** The same of a value that was asked for as JSON: a text is written with its quotes. */
export function jsonLiteralOf(value: JsonValue | undefined, language: 'python' | 'node'): string | null {
  return written(value, language);
}

function written(value: JsonValue | undefined, language: 'python' | 'node'): string | null {
  const isPython = language === 'python';
  const quoted = isPython ? pythonQuoted : scriptQuoted;
  if (value === undefined || value === null) return isPython ? 'None' : 'null';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'boolean') return isPython ? (value ? 'True' : 'False') : String(value);
  if (typeof value === 'number') return Number.isFinite(value) ? (value < 0 ? `(${value})` : String(value)) : null;
  if (Array.isArray(value)) return `[${value.map((one) => written(one, language)).join(', ')}]`;
  const pairs = Object.entries(value).map(([key, one]) =>
    isPython ? `${quoted(key)}: ${written(one, language)}` : `[${quoted(key)}]: ${written(one, language)}`,
  );
  return isPython ? `{${pairs.join(', ')}}` : `({${pairs.join(', ')}})`;
}
