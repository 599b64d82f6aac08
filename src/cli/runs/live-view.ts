import type { Plan } from '../../plan/plan.ts';
import type { Event } from '../../run/event.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import type { Context } from '../context.ts';
import type { RunPrinter } from '../render/run.ts';
import { painter } from '../terminal/say.ts';
import { writeTo } from '../terminal/streams.ts';
import { LiveSteps } from './live-steps.ts';

/** The time between two paintings. */
const PAINT_MS = 100;
/** Up to this size, lines wait for the next painting; longer output is written at once, with the footer after it. */
const HELD_CHARACTERS = 256 * 1024;

type Terminal = Pick<Context, 'stdout' | 'color' | 'columns' | 'rows'>;

/**
 * Shows a run on a terminal: the lines from the printer, and below them a footer that is painted in place.
 *
 *   idle --begin--> painting <--pause, resume--> paused; each --end, the end of the run--> ended, the footer erased
 *
 * The cursor always rests at the beginning of the row below the footer, so other output comes after it.
 */
export class LiveView {
  readonly #printer: RunPrinter;
  readonly #terminal: Terminal;
  readonly #now: () => number;
  readonly #steps = new LiveSteps();
  #timer: NodeJS.Timeout | undefined;
  /** How many questions are open. */
  #questions = 0;
  #lines = '';
  /** The rows on the screen, and the number of columns they were made for. */
  #footer: readonly string[] = [];
  #columns = 0;
  /** True while the terminal accepts no more output. */
  #busy = false;
  /** Loaded on first use: loading the table of character widths takes longer than a short run. */
  #rowMaker: typeof import('./live-rows.ts') | undefined;

  constructor(printer: RunPrinter, terminal: Terminal, now: () => number) {
    this.#printer = printer;
    this.#terminal = terminal;
    this.#now = now;
  }

  /** Starts to paint the footer. */
  begin({ root }: Plan, recorded: ReadonlyMap<string, StepRecord>): void {
    this.#steps.plan(root);
    for (const { report } of recorded.values()) this.#steps.recorded(report);
    this.#timer = setInterval(() => void this.#tick(), PAINT_MS).unref();
  }

  /** Resolves when there is room for more. */
  async print(event: Event): Promise<void> {
    this.#steps.take(event, this.#now());
    this.#lines += this.#printer.text(event);
    if (event.type === 'run-finished') return this.end();
    if (this.#timer === undefined || this.#lines.length > HELD_CHARACTERS) await this.#write([]);
  }

  /** Leaves the terminal to a question until `resume`. Each `pause` needs its own `resume`. */
  pause(): void {
    if (this.#questions++ === 0) void this.#write([]);
  }

  resume(): void {
    this.#questions--;
  }

  /** Removes the footer and stops painting, even if the run has not ended. */
  end(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    return this.#write([]);
  }

  async #tick(): Promise<void> {
    this.#rowMaker ??= await import('./live-rows.ts');
    if (this.#timer === undefined || this.#busy || this.#questions > 0) return;
    const { columns, rows, color } = this.#terminal;
    const footer = this.#rowMaker.liveRows(this.#steps, {
      columns,
      rows,
      now: this.#now(),
      paint: painter(color.stdout),
    });
    const isSame = columns === this.#columns && footer.join('\n') === this.#footer.join('\n');
    if (this.#lines !== '' || !isSame) await this.#write(footer);
  }

  /** Erases the footer, writes lines, and paints the footer again in one write, so that nothing flickers. */
  async #write(footer: readonly string[]): Promise<void> {
    const erased = this.#erasing();
    const lines = this.#lines;
    // A step's output may have moved the cursor up or left a colour on, which must not affect the footer.
    const clean = footer.length > 0 && lines.includes('\u001b') ? '\u001b[m\u001b[J' : '';
    this.#lines = '';
    this.#footer = footer;
    this.#columns = this.#terminal.columns;
    this.#busy = true;
    await writeTo(this.#terminal.stdout, `${erased}${lines}${clean}${footer.map((row) => `${row}\n`).join('')}`);
    this.#busy = false;
  }

  /** The sequence that erases the footer. A terminal that has become narrower has wrapped the rows. */
  #erasing(): string {
    const { columns } = this.#terminal;
    const height = this.#rowMaker?.heightOf(this.#footer, columns) ?? 0;
    return height === 0 ? '' : `\u001b[${height}A\r\u001b[J`;
  }
}
