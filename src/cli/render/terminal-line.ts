import { isColour, withoutSequences } from './sequences.ts';

const PLAIN_AGAIN = '\u001b[0m';

/**
 * A line that a program wrote, as a terminal shows it below other lines: in its colours, which end with it, and without what
 * would move the cursor, forge a line of ours, rename the window or fill the clipboard. Of what a carriage return had
 * overwritten only the last is left, as of a progress bar.
 */
export function terminalLine(line: string): string {
  const parts = line.split('\r').map((part) => withoutSequences(part, isColour));
  const shown = parts.findLast((part) => withoutSequences(part).trim() !== '') ?? parts.at(-1) ?? '';
  return shown.includes('\u001b') ? shown + PLAIN_AGAIN : shown;
}

/** A text as JSON writes it, and without the control characters that JSON leaves. */
export function quoted(text: string): string {
  const code = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(/\p{Cc}/gu, code);
}
