import { styleText } from 'node:util';
import { visible } from '../../text/visible.ts';
import { withoutCommands } from './workflow-commands.ts';

/** Our own colours; any other escape sequence comes from quoted text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches escape sequences
const COLOURS = /(\u001b\[[0-9;]*m)/;

/**
 * The only way in which our text reaches a terminal, a pipe or the log of a CI system. Quoted names, descriptions and
 * values in it cannot control the terminal, hide or reorder text, or act as a workflow command.
 */
export function say(stream: NodeJS.WritableStream, text: string): void {
  stream.write(safeText(text));
}

/** Prints our own workflow commands, which quote other texts with GitHub's escapes (render/github.ts). */
export function sayCommands(stream: NodeJS.WritableStream, text: string): void {
  stream.write(visible(text));
}

export function safeText(text: string): string {
  const pieces = text.split(COLOURS).map((piece, at) => (at % 2 === 1 ? piece : visible(piece)));
  return withoutCommands(pieces.join(''));
}

type Format = Parameters<typeof styleText>[0];

/** Paints a text, or returns it unchanged where the stream gets no colours. */
export type Paint = (format: Format, text: string) => string;

const plain: Paint = (_format, text) => text;
const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });

/** The caller decides whether to paint (context.ts); the ambient stream does not matter. */
export function painter(color: boolean): Paint {
  return color ? coloured : plain;
}
