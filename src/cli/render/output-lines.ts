import type { Event } from '../../run/event.ts';
import { lastState } from '../terminal/terminal-line.ts';

/** Beyond this a line without an end is taken in pieces. */
const LONGEST_LINE = 64 * 1024;

type Output = Extract<Event, { type: 'output' }>;

/** A piece of what one stream of a step wrote. */
export type OutputPiece = Pick<Output, 'step' | 'stream' | 'text'>;

/** Makes lines of what steps write piece by piece. */
export class OutputLines {
  /** Unfinished last lines, by step and stream. */
  readonly #open = new Map<string, OutputPiece>();

  /** The lines that this brings to their end. */
  take({ step, stream, text }: Output): string[] {
    const key = keyOf(step, stream);
    const lines = `${this.#open.get(key)?.text ?? ''}${text}`.split('\n');
    const rest = lines.pop() ?? '';
    const cut = rest.length > LONGEST_LINE;
    this.#keep({ step, stream, text: cut ? '' : rest });
    return [...lines, ...(cut ? [rest] : [])];
  }

  /** What a step that has ended left without a line end. */
  rest(step: string): OutputPiece[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const key = keyOf(step, stream);
      const rest = this.#open.get(key) ?? [];
      this.#open.delete(key);
      return rest;
    });
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /** Visible text without a line end yet. */
  get open(): readonly OutputPiece[] {
    return [...this.#open.values()].filter(({ text }) => lastState(text) !== '');
  }

  /**
   * The open text has been shown: the line starts again with what follows. A carriage return at its end still rewrites
   * it.
   */
  show({ step, stream, text }: OutputPiece): void {
    this.#keep({ step, stream, text: text.endsWith('\r') ? '\r' : '' });
  }

  #keep(piece: OutputPiece): void {
    const key = keyOf(piece.step, piece.stream);
    if (piece.text === '') this.#open.delete(key);
    else this.#open.set(key, piece);
  }
}

function keyOf(step: string, stream: string): string {
  return `${step}\n${stream}`;
}
