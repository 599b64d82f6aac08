import type { Answer, Question } from '../run/execution-backend.ts';
import { isCalledBy } from '../util/step-path.ts';
import type { JournalLine } from './journal.ts';

/** The key of a question among all questions of a run. */
export function keyOf({ step, nth, about }: Pick<Question, 'step' | 'nth' | 'about'>): string {
  return JSON.stringify([step, nth, about]);
}

/** Collects from a journal the questions and the answers. */
export class Questions {
  readonly answered = new Map<string, Answer>();
  /**
   * How many questions each step had asked before the step that calls it was tried again: answers to these no longer
   * count.
   */
  readonly asked = new Map<string, number>();
  readonly #open = new Map<string, { readonly text: string; readonly about: string }>();
  readonly #count = new Map<string, number>();

  take(line: JournalLine): void {
    if (line.type === 'opened') this.#begin(line.withChanges === true);
    else if (line.type === 'ended') this.#open.delete(line.report.id);
    else if (line.type === 'step-retrying') this.#startAnew(line.step);
    else if (line.type === 'step-waiting') this.#open.set(line.step, { text: line.question, about: line.about });
    else if (line.type === 'step-answered') {
      const { step, about, approved, by, reason } = line;
      const nth = this.#count.get(step) ?? 0;
      this.#count.set(step, nth + 1);
      this.#open.delete(step);
      this.answered.set(keyOf({ step, nth, about }), { approved, by, ...(reason !== undefined && { reason }) });
    }
  }

  waiting(): Question[] {
    return [...this.#open].map(([step, question]) => ({ step, nth: this.#count.get(step) ?? 0, ...question }));
  }

  #begin(anew: boolean): void {
    this.#open.clear();
    if (!anew) return;
    this.#count.clear();
    this.asked.clear();
    this.answered.clear();
  }

  #startAnew(step: string): void {
    for (const [path, count] of this.#count) if (isCalledBy(path, step)) this.asked.set(path, count);
  }
}
