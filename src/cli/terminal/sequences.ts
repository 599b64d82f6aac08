import { visibleLine } from '../../text/visible.ts';

const ESCAPE = '\u001b';
/**
 * What a terminal obeys (ECMA-48): control sequences, strings such as the name of a window, other escapes, and single
 * control characters except tab and line feed; also characters that change the direction of text. A string without an
 * end extends to the end of the line or the next escape. No part of a text is scanned twice, whatever the text.
 */
const OBEYED = [
  `(?:${ESCAPE}\\[|\u009b)[0-?]*[ -\\/]*[@-~]?`,
  `(?:${ESCAPE}[\\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u009c\n${ESCAPE}]*(?:\u0007|\u009c|${ESCAPE}\\\\)?`,
  `${ESCAPE}[ -\\/]*[0-~]?`,
  '[^\\P{Cc}\\t\\n]|[\\u202a-\\u202e\\u2066-\\u2069]',
].join('|');
const ONE = new RegExp(OBEYED, 'gu');
const ONE_AFTER_ANOTHER = new RegExp(`(?:${OBEYED})+`, 'gu');
const COLOUR = new RegExp(`^${ESCAPE}\\[[0-9;:]*m$`);

/** Whether the sequence only sets colours and weights. */
export function isColour(sequence: string): boolean {
  return COLOUR.test(sequence);
}

/**
 * The text of a program without terminal control sequences. Separate parts stay separate: a secret that was printed in
 * pieces, with invisible characters between them, must not be joined after masking.
 */
export function withoutSequences(text: string, keep: (sequence: string) => boolean = () => false): string {
  const isEdge = (character: string | undefined) => character === undefined || /\s/.test(character);
  return text.replace(ONE_AFTER_ANOTHER, (all: string, at: number) => {
    const kept = (all.match(ONE) ?? []).filter(keep).join('');
    const isApart = kept === all || isEdge(text[at - 1]) || isEdge(text[at + all.length]);
    return isApart ? kept : ` ${kept}`;
  });
}

/** The output of a program as one line that moves no cursor and sets no colour. */
export function harmless(text: string): string {
  return visibleLine(withoutSequences(text)).toWellFormed();
}
