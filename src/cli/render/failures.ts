import type { Event, StepReport } from '../../run/event.ts';
import { isCalledBy } from '../../util/step-path.ts';
import { lastState } from '../terminal/terminal-line.ts';
import { OutputLines } from './output-lines.ts';

/** How many lines of a step's output are kept until the step succeeds. */
const KEPT_LINES = 10;
const KEPT_CHARACTERS = 16 * 1024;
/** The number of failures whose output is kept. */
const KEPT_FAILURES = 100;

/** A step, or an item of a `forEach`, that failed by itself and not because of a step below it. */
export interface Failure {
  readonly report: StepReport;
  /** The last lines of its output. */
  readonly lines: readonly string[];
  /** Whether other steps have written since, or in between. */
  readonly buried: boolean;
}

interface Line {
  readonly text: string;
  /** Its number among all lines of the run. */
  readonly serial: number;
}

/** Collects the failures of a run and their last output from its events. */
export class Failures {
  readonly #output = new OutputLines();
  readonly #tails = new Map<string, Line[]>();
  readonly #failed = new Map<string, { readonly report: StepReport; readonly lines: Line[]; readonly at: number }>();
  #written = 0;

  take(event: Event): void {
    if (event.type === 'output') for (const line of this.#output.take(event)) this.#keep(event.step, line);
    else if (event.type === 'step-retrying') this.#forgetBelow(event.step);
    else if (event.type === 'step-finished') this.#end(event.step);
    else if (event.type === 'item-finished') this.#end(event.item);
  }

  /** In the order in which they ended. */
  list(): Failure[] {
    return [...this.#failed.values()].map(({ report, lines, at }) => {
      const buried = this.#written - (lines[0]?.serial ?? at) !== lines.length;
      return { report, lines: lines.map(({ text }) => text), buried };
    });
  }

  #keep(step: string, line: string): void {
    const text = lastState(line).slice(-KEPT_CHARACTERS).toWellFormed();
    const lines = this.#tails.get(step) ?? [];
    this.#tails.set(step, lines);
    lines.push({ text, serial: this.#written++ });
    let size = lines.reduce((sum, one) => sum + one.text.length, 0);
    while (lines.length > KEPT_LINES || size > KEPT_CHARACTERS) size -= lines.shift()?.text.length ?? size;
  }

  #end(report: StepReport): void {
    const { id, status, reason } = report;
    for (const { text } of this.#output.rest(id)) this.#keep(id, text);
    const lines = this.#tails.get(id) ?? [];
    this.#tails.delete(id);
    this.#failed.delete(id);
    if (status !== 'failed' || reason?.why === 'call' || reason?.why === 'item') return;
    this.#failed.set(id, { report, lines: this.#failed.size < KEPT_FAILURES ? lines : [], at: this.#written });
  }

  /** Another attempt of a calling step repeats all of the called tool's steps. */
  #forgetBelow(step: string): void {
    for (const id of this.#failed.keys()) if (isCalledBy(id, step)) this.#failed.delete(id);
  }
}
