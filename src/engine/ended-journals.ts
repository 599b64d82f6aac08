import { statSync } from 'node:fs';
import { type JournaledRun, readJournal } from './read-journal.ts';

/** More than a machine stores (run-store.ts). */
const MOST = 1_000;

/** Reads journals, and reads those of ended runs only once: a server lists them repeatedly. */
export class EndedJournals {
  readonly #known = new Map<string, { readonly stamp: string; readonly run: JournaledRun }>();

  /** Undefined where the file is not a journal. */
  read(path: string): JournaledRun | undefined {
    const stats = statSync(path, { throwIfNoEntry: false, bigint: true });
    const stamp = `${stats?.ino} ${stats?.size} ${stats?.mtimeNs}`;
    const known = this.#known.get(path);
    if (known?.stamp === stamp) return known.run;
    this.#known.delete(path);
    const run = readJournal(path);
    if (run?.report === undefined) return run;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MOST && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(path, { stamp, run });
    return run;
  }
}
