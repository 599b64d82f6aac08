import type { JsonValue } from './node.ts';

export type ExactReading = { readonly value: JsonValue } | { readonly fault: string };

/**
 * Parses JSON text, or reports why parsing would change it. `JSON.parse` silently rounds numbers and keeps only the
 * last of two equal keys. The fault names a place and never quotes the text, which may hold a secret.
 */
export function parseExactJson(text: string): ExactReading {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return { fault: NOT_JSON };
  }
  const change = firstChange(text);
  return change === undefined ? { value } : { fault: `${change.what} (${offsetOf(text, change.at)})` };
}

/** Whether a number keeps its written digits as a double. @param written as in JSON or YAML */
export function keepsDigits(written: string, value = Number(written)): boolean {
  if (/^0[xo]/.test(written)) return Number.isSafeInteger(value);
  return Number.isFinite(value) && sameDecimal(written, String(value));
}

export const NOT_JSON = 'not JSON';

const LOSES_DIGITS = 'a number that would lose digits: it has to be text, in quotes';

const HALF = 'half a character, which is not valid text';

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]|-?\d[\d.eE+-]*/gs;

/** @param text sound JSON */
function firstChange(text: string): { readonly at: number; readonly what: string } | undefined {
  const open: (Set<string> | null)[] = [];
  let isKey = false;
  for (const { 0: token, index: at } of text.matchAll(TOKENS)) {
    const mark = token[0];
    if (mark === '{' || mark === '[') open.push(mark === '{' ? new Set() : null);
    else if (mark === '}' || mark === ']') open.pop();
    else if (mark === '"') {
      const keys = isKey ? open.at(-1) : undefined;
      if (token.includes('\\u') && !(JSON.parse(token) as string).isWellFormed()) return { at, what: HALF };
      if (keys) {
        const key = JSON.parse(token) as string;
        if (keys.has(key)) return { at, what: 'a key that stands twice in one object' };
        keys.add(key);
      }
    } else if (mark !== ',' && !keepsDigits(token)) return { at, what: LOSES_DIGITS };
    isKey = mark === '{' || (mark === ',' && open.at(-1) instanceof Set);
  }
  return undefined;
}

function offsetOf(text: string, at: number): string {
  const before = text.slice(0, at).split('\n');
  return `line ${before.length}, column ${[...(before.at(-1) ?? '')].length + 1}`;
}

function sameDecimal(one: string, other: string): boolean {
  const [a, b] = [decimal(one), decimal(other)];
  return a !== undefined && b !== undefined && a.digits === b.digits && a.exponent === b.exponent;
}

/** `1.50e3` -> digits 15, exponent 2: equal for equal values, regardless of notation. */
function decimal(written: string): { readonly digits: string; readonly exponent: number } | undefined {
  const [, sign, whole, fraction = '', exponent = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d+))?$/i.exec(written) ?? [];
  if (whole === undefined) return undefined;
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return { digits: '0', exponent: 0 };
  return {
    digits: (sign === '-' ? '-' : '') + digits,
    exponent: Number(exponent) - fraction.length + (all.length - digits.length),
  };
}
