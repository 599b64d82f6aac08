import { type Look, PLAIN, readLooks } from './ansi.ts';

/** A line of a log. */
export interface LogLine {
  readonly step: string;
  readonly time: string;
  /** The program wrote the first two; the others say something about it. */
  readonly kind: 'output' | 'error' | 'note' | 'fault';
  text: string;
  /** The look in which it begins. */
  readonly look: Look;
}

/** The lines of all steps, in the order in which they began. */
export class RunLines {
  readonly all: LogLine[] = [];
  /** By step and stream: the line that has no end yet, and the look in which the next begins. */
  readonly #open = new Map<string, { line: LogLine | undefined; look: Look }>();

  output(step: string, stream: 'stdout' | 'stderr', time: string, text: string): void {
    const key = `${stream} ${step}`;
    const open = this.#open.get(key) ?? { line: undefined, look: PLAIN };
    this.#open.set(key, open);
    const kind = stream === 'stderr' ? 'error' : 'output';
    const pieces = text.split('\n');
    for (const [at, piece] of pieces.entries()) {
      const isWhole = at < pieces.length - 1;
      if (!isWhole && piece === '' && open.line === undefined) break;
      const line = open.line ?? this.#begin({ step, time, kind, text: '', look: open.look });
      line.text += piece;
      open.line = isWhole ? undefined : line;
      if (isWhole) open.look = this.#finish(line);
    }
  }

  say(step: string, time: string, kind: 'note' | 'fault', text: string): void {
    for (const stream of ['stdout', 'stderr']) {
      const open = this.#open.get(`${stream} ${step}`);
      if (open?.line !== undefined) Object.assign(open, { look: this.#finish(open.line), line: undefined });
    }
    this.#begin({ step, time, kind, text, look: PLAIN });
  }

  #begin(line: LogLine): LogLine {
    this.all.push(line);
    return line;
  }

  /** A line that writes over itself shows what stood there in the end. @returns the look that the next line begins with */
  #finish(line: LogLine): Look {
    const whole = line.text.replace(/\r+$/, '');
    line.text = whole.slice(whole.lastIndexOf('\r') + 1);
    return whole.includes('\u001b') ? readLooks(whole, line.look).end : line.look;
  }
}

/** The lines of a step and of all below it, kept up to date as lines come. */
export class StepLines {
  readonly step: string;
  readonly lines: LogLine[] = [];
  #seen = 0;

  constructor(step: string) {
    this.step = step;
  }

  follow({ all }: RunLines): readonly LogLine[] {
    for (; this.#seen < all.length; this.#seen += 1) {
      const line = all[this.#seen];
      if (line !== undefined && isAt(line.step, this.step)) this.lines.push(line);
    }
    return this.lines;
  }
}

/** Whether a path is the step, or below it. */
export function isAt(path: string, step: string): boolean {
  return path === step || path.startsWith(`${step}/`) || path.startsWith(`${step}[`);
}
