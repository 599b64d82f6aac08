import { isJson, type Limited } from '../template/limits.ts';
import type { Marker } from '../template/marker.ts';

export interface Structured {
  readonly limits: readonly Limited[];
  /** `json`: the value is escaped. */
  readonly form: 'raw' | 'json';
}

const UNSTRUCTURED: Structured = { limits: [], form: 'raw' };

/** A text that is JSON but for its holes: between its quotes a value is escaped, elsewhere it has to be JSON itself. */
export function structureOf(text: string, marker: Marker): (hole: number) => Structured {
  if (!/^\s*[{[]\s*["{[\]}]/.test(text)) return () => UNSTRUCTURED;
  const bare = new Set<number>();
  const spots = marker.findAll(text).values();
  let isInText = false;
  let filled = '';
  for (let at = 0; at < text.length; at++) {
    const next = text.charAt(at);
    if (text.startsWith(marker.prefix, at)) {
      const spot = spots.next().value;
      if (spot !== undefined && !isInText) bare.add(spot.hole);
      filled += isInText ? 'x' : '0';
      at += marker.length - 1;
    } else if (isInText && next === '\\') filled += next + text.charAt(++at);
    else {
      filled += next;
      if (next === '"') isInText = !isInText;
    }
  }
  if (!isJson(filled)) return () => NEARLY;
  return (hole) => (bare.has(hole) ? OUTSIDE_QUOTES : { limits: [], form: 'json' });
}

const NEARLY: Structured = {
  limits: [{ limit: 'json-safe', because: 'it is in text that looks like JSON but is not valid' }],
  form: 'raw',
};
const OUTSIDE_QUOTES: Structured = {
  limits: [{ limit: 'json-value', because: 'it is in JSON, outside quotes' }],
  form: 'raw',
};
