import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** Paints a text, or hands it back as it is where the stream is not to be coloured. */
export type Paint = (format: Format, text: string) => string;

const plain: Paint = (_format, text) => text;
const coloured: Paint = (format, text) => styleText(format, text, { validateStream: false });

/** Whether it paints is decided by the caller (context.ts), not guessed again from the ambient stream. */
export function painter(color: boolean): Paint {
  return color ? coloured : plain;
}
