import type { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import type { Event } from '../../run/event.ts';
import type { RunOptions } from '../runs/call-options.ts';

/** The questions of a run of workers, as the person who follows it at a terminal is asked them. */
export class AskedHere {
  readonly #engine: PostgresEngine;
  readonly #run: string;
  readonly #options: Pick<RunOptions, 'approve' | 'by'>;
  readonly #open = new Map<string, AbortController>();

  constructor(engine: PostgresEngine, run: string, options: Pick<RunOptions, 'approve' | 'by'>) {
    this.#engine = engine;
    this.#run = run;
    this.#options = options;
  }

  /** Takes each event: a question that is answered elsewhere, or not any more, is withdrawn here. */
  take(event: Event): void {
    if (event.type === 'step-waiting') void this.#ask(event).catch(() => undefined);
    else if (event.type === 'step-answered') this.#withdraw(event.step);
    else if (event.type === 'step-finished') this.#withdraw(event.step.id);
  }

  end(): void {
    for (const step of [...this.#open.keys()]) this.#withdraw(step);
  }

  #withdraw(step: string): void {
    this.#open.get(step)?.abort();
    this.#open.delete(step);
  }

  async #ask({ step, about, question }: Extract<Event, { type: 'step-waiting' }>): Promise<void> {
    const { approve, by } = this.#options;
    if (approve === undefined || by === undefined) return;
    const settled = new AbortController();
    this.#withdraw(step);
    this.#open.set(step, settled);
    const { waiting } = await this.#engine.find(this.#run);
    const asked = waiting.find((one) => one.step === step && one.about === about);
    if (asked === undefined || settled.signal.aborted) return;
    const approved = await approve(question, settled.signal);
    await this.#engine.answer(this.#run, asked, { approved, by });
  }
}
