import { visible } from '../../text/visible.ts';
import { isColour, withoutSequences } from './sequences.ts';

const PLAIN_AGAIN = '\u001b[0m';

/**
 * A line of a program, as a terminal shows it below other lines: in its colours, if wanted, which end with the line,
 * and without sequences that move the cursor, forge a line of ours, rename the window or fill the clipboard.
 */
export function terminalLine(line: string, color = true): string {
  const shown = withoutSequences(lastState(line), color ? isColour : undefined);
  return shown.includes('\u001b') ? shown + PLAIN_AGAIN : shown;
}

/** The line after its carriage returns have overwritten it, as a progress bar does. */
export function lastState(line: string): string {
  if (!line.includes('\r')) return line;
  const parts = line.split('\r');
  return parts.findLast((part) => withoutSequences(part).trim() !== '') ?? parts.at(-1) ?? '';
}

/** A text as JSON writes it, without the invisible characters that JSON does not escape. */
export function quoted(text: string): string {
  return visible(JSON.stringify(text));
}
