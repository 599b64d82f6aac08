const ESCAPE = '\u001b';
/**
 * What a terminal obeys (ECMA-48): control sequences, strings such as the name of a window, and other escapes. A string without
 * an end reaches to the end of the line or the next escape. No part of a text is looked at twice, however it is made.
 */
const SEQUENCE = new RegExp(
  [
    `(?:${ESCAPE}\\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    `(?:${ESCAPE}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u009c${ESCAPE}]*(?:\u0007|\u009c|${ESCAPE}\\\\)?`,
    `${ESCAPE}[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);
/** Sets colours and weights, and moves nothing. */
const COLOUR = new RegExp(`^${ESCAPE}\\[[0-9;:]*m$`);
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;:]*m`, 'g');
const CONTROL = new RegExp(`[^\\P{Cc}\\t${ESCAPE}]`, 'gu');
const PLAIN_AGAIN = `${ESCAPE}[0m`;

/**
 * A line that a program wrote, as a terminal shows it below other lines: in its colours, which end with it, and without what
 * would move the cursor, forge a line of ours, rename the window or fill the clipboard. Of what a carriage return had
 * overwritten only the last is left, as of a progress bar.
 */
export function terminalLine(line: string): string {
  const parts = line.split('\r').map(harmlessPart);
  const shown = parts.findLast((part) => part.replace(COLOURS, '').trim() !== '') ?? parts.at(-1) ?? '';
  return shown.includes(ESCAPE) ? shown + PLAIN_AGAIN : shown;
}

function harmlessPart(part: string): string {
  return part.replace(SEQUENCE, (one) => (COLOUR.test(one) ? one : '')).replace(CONTROL, '');
}

/** A text as JSON writes it, and without the control characters that JSON leaves. */
export function quoted(text: string): string {
  const code = (one: string) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(text).replace(CONTROL, code);
}
