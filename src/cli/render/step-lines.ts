import type { Event } from '../../run/event.ts';
import type { Paint } from '../terminal/say.ts';
import { isColour, withoutSequences } from '../terminal/sequences.ts';
import { lastState, terminalLine } from '../terminal/terminal-line.ts';
import { mayBeginMark } from '../terminal/workflow-commands.ts';
import { OutputLines, type OutputPiece } from './output-lines.ts';

/** After this many checks an unfinished line is shown even if it still grows, or is still rewritten. */
const LOOKS = { growing: 2, rewritten: 10 };

/** The state of the stream. */
export interface LineStyle {
  readonly color: boolean;
  readonly isTerminal: boolean;
  /** `NO_COLOR` is set: a step's own colours are left out too. */
  readonly isPlain?: boolean;
}

/** The lines of a run's steps, each after its step's name; the last one may be unfinished. */
export class StepLines {
  readonly #style: LineStyle;
  readonly #paint: Paint;
  readonly #output = new OutputLines();
  /** The last line of the stream, while it is unfinished. */
  #begun: OutputPiece | undefined;
  #looks = 0;
  #isQuiet = true;

  constructor(style: LineStyle, paint: Paint) {
    this.#style = style;
    this.#paint = paint;
  }

  /** A message about a step. */
  line(step: string, text: string): string {
    return `${this.end()}${this.#paint('cyan', step)} ${this.#paint('dim', '|')} ${this.shown(text)}\n`;
  }

  /** The lines that this event completes. */
  take(event: Extract<Event, { type: 'output' }>): string {
    this.#isQuiet = false;
    return this.#joined(this.#output.take(event).map((text) => ({ ...event, text })));
  }

  /** The output that an ended step left without a line end. */
  rest(step: string): string {
    return this.#joined(this.#output.rest(step));
  }

  /** Ends an unfinished last line. */
  end(): string {
    const isOpen = this.#begun !== undefined;
    this.#begun = undefined;
    return isOpen ? '\n' : '';
  }

  /** Whether a line is unfinished: a prompt, or the dots of a progress display. */
  get isOpen(): boolean {
    return this.#output.isOpen;
  }

  /** The unfinished lines that have waited long enough. Called once a second while `isOpen`. */
  look(): string {
    this.#looks++;
    const due = this.#output.open.filter(
      ({ text }) => !mayBeginMark(text) && (this.#isQuiet || this.#looks >= LOOKS[growthOf(text)]),
    );
    this.#isQuiet = true;
    if (due.length > 0) this.#looks = 0;
    return due.map((piece) => this.#unended(piece)).join('');
  }

  /** The output of a step: unchanged for a pipe, except for overwritten text and unwanted colours. */
  shown(line: string): string {
    const { isTerminal, isPlain, color } = this.#style;
    if (isTerminal) return terminalLine(line, color);
    const last = lastState(line);
    return isPlain ? withoutSequences(last, (sequence) => !isColour(sequence)) : last;
  }

  #joined(pieces: readonly OutputPiece[]): string {
    return pieces.map((piece) => this.#ended(piece)).join('');
  }

  #ended(piece: OutputPiece): string {
    if (!this.#continues(piece)) return this.line(piece.step, piece.text);
    this.#begun = undefined;
    return `${this.shown(piece.text)}\n`;
  }

  #unended(piece: OutputPiece): string {
    const shown = this.#continues(piece) ? this.shown(piece.text) : this.line(piece.step, piece.text).slice(0, -1);
    this.#output.show(piece);
    this.#begun = piece;
    return shown;
  }

  #continues({ step, stream, text }: OutputPiece): boolean {
    return this.#begun?.step === step && this.#begun.stream === stream && growthOf(text) === 'growing';
  }
}

/** A carriage return before its end rewrites the line. */
function growthOf(text: string): 'growing' | 'rewritten' {
  return /\r[^\r]/.test(text) ? 'rewritten' : 'growing';
}
