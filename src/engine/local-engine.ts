import type { Given, Question } from '../run/execution-backend.ts';
import type { JournaledRun } from './read-journal.ts';
import type { RunEngine } from './run-engine.ts';
import { journalLines, type LogOptions, runLog } from './run-log.ts';
import type { RunStore } from './run-store.ts';
import { type RunNews, watchRuns } from './run-watch.ts';

/** The runs of this machine, each over its journal. */
export class LocalEngine implements RunEngine {
  readonly name = 'local';
  readonly #runs: RunStore;

  constructor(runs: RunStore) {
    this.#runs = runs;
  }

  async list() {
    return this.#runs.list();
  }

  async find(name?: string) {
    return this.#runs.find(name);
  }

  async details(run: JournaledRun) {
    return this.#runs.details(run);
  }

  lines(name: string | undefined, options: LogOptions) {
    return journalLines(this.#runs, name, options);
  }

  async log(name: string, after: number, limit: number) {
    return runLog(this.#runs, name, after, limit);
  }

  async answer(run: string, question: Question, given: Given): Promise<void> {
    this.#runs.answer(run, question, given);
  }

  async cancel(name: string, atOnce: boolean) {
    return this.#runs.cancel(name, atOnce);
  }

  async prune(keep: number) {
    return this.#runs.prune(keep);
  }

  watch(tell: (news: RunNews) => void, signal: AbortSignal): void {
    watchRuns(this.#runs, tell, signal);
  }

  async workers() {
    return [];
  }
}
