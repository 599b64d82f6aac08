/** Shorter values are not masked in output (masking/value-forms.ts). */
const SHORTEST_MASKED = 6;

export interface ValueFacts {
  readonly bytes: number;
  /** `48 bytes, 1 line` */
  readonly words: string;
  readonly warnings: readonly string[];
}

/** What a value is made of, without showing it. */
export function valueFacts(text: string): ValueFacts {
  const bytes = new TextEncoder().encode(text).length;
  const lines = text === '' ? 0 : text.replace(/\n$/, '').split('\n').length;
  const warnings: string[] = [];
  if (bytes > 0 && bytes < SHORTEST_MASKED) warnings.push(`Under ${SHORTEST_MASKED} bytes it is not masked in output.`);
  if (text.length > 1 && text.endsWith('\n')) warnings.push('It ends in a line break, which is kept.');
  if (/^[ \t]|[ \t]$/.test(text)) warnings.push('It begins or ends with a blank.');
  const words = bytes === 0 ? 'Nothing typed yet' : `${counted(bytes, 'byte')}, ${counted(lines, 'line')}`;
  return { bytes, words, warnings };
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}
