import type { Event } from '../../run/event.ts';
import { lastState } from '../terminal/terminal-line.ts';

/** A longer line without an end is split into pieces. */
const LONGEST_LINE = 64 * 1024;

type Output = Extract<Event, { type: 'output' }>;

/** A piece of the output of one stream of a step. */
export type OutputPiece = Pick<Output, 'step' | 'stream' | 'text'>;

/** Assembles lines from the pieces that steps write. */
export class OutputLines {
  /** Unfinished last lines, by step and stream. */
  readonly #open = new Map<string, OutputPiece>();

  /** The lines that this piece completes. */
  take({ step, stream, text }: Output): string[] {
    const key = keyOf(step, stream);
    const lines = `${this.#open.get(key)?.text ?? ''}${text}`.split('\n');
    const rest = lines.pop() ?? '';
    const cut = rest.length > LONGEST_LINE;
    this.#keep({ step, stream, text: cut ? '' : rest });
    return [...lines, ...(cut ? [rest] : [])];
  }

  /** The output that an ended step left without a line end. */
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

  /** Visible text that has no line end yet. */
  get open(): readonly OutputPiece[] {
    return [...this.#open.values()].filter(({ text }) => lastState(text) !== '');
  }

  /**
   * Records that the open text has been shown: the line starts again with the next text. A carriage return at its end
   * still rewrites it.
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
