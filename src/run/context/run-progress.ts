import type { StepReport } from '../event.ts';

/** The finished steps of a run, and the answers that it got. */
export class RunProgress {
  readonly #finished: StepReport[] = [];
  readonly #answers = new Map<string, number>();

  /** Finished steps, in the order in which they ended. */
  get finished(): readonly StepReport[] {
    return this.#finished;
  }

  finish(...reports: readonly StepReport[]): void {
    this.#finished.push(...reports);
  }

  /** How often a person has answered at this path; the journal has the same count. */
  answersAt(path: string): number {
    return this.#answers.get(path) ?? 0;
  }

  answer(path: string): void {
    this.#answers.set(path, this.answersAt(path) + 1);
  }
}
