import { visible } from '../../text/visible.ts';
import { withoutCommands } from './workflow-commands.ts';

/** Our own colours; all else that begins with an escape is somebody's text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern matches escape sequences
const COLOURS = /(\u001b\[[0-9;]*m)/;

/**
 * The one way by which text of ours comes to a terminal, a pipe or the log of a CI system. Nothing in it steers the terminal,
 * hides or turns text, or is a workflow command, whatever names, descriptions and values it quotes.
 */
export function say(stream: NodeJS.WritableStream, text: string): void {
  stream.write(safeText(text));
}

/** Workflow commands that are ours; each quotes others by GitHub's own escapes (render/github.ts). */
export function sayCommands(stream: NodeJS.WritableStream, text: string): void {
  stream.write(visible(text));
}

export function safeText(text: string): string {
  const pieces = text.split(COLOURS).map((piece, at) => (at % 2 === 1 ? piece : visible(piece)));
  return withoutCommands(pieces.join(''));
}
