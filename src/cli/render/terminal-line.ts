import { stripVTControlCharacters } from 'node:util';

const ESCAPE = '\u001b';
/** Sets colours and weights, and moves nothing. */
const COLOUR = new RegExp(`(${ESCAPE}\\[[0-9;:]*m)`);
const CONTROL_BUT_TAB = /[^\P{Cc}\t]/gu;
const PLAIN_AGAIN = `${ESCAPE}[0m`;

/**
 * A line that a program wrote, as a terminal shows it below other lines: in its colours, which end with it, and without what
 * would move the cursor, forge a line of ours, rename the window or fill the clipboard. Of what a carriage return had
 * overwritten only the last is left, as of a progress bar.
 */
export function terminalLine(line: string): string {
  const parts = line.replace(/\r+$/, '').split('\r').at(-1)?.split(COLOUR) ?? [];
  const kept = parts.map((part, at) =>
    at % 2 === 1 ? part : stripVTControlCharacters(part).replace(CONTROL_BUT_TAB, ''),
  );
  return `${kept.join('')}${parts.length > 1 ? PLAIN_AGAIN : ''}`;
}
