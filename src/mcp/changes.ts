import type { RunNews } from '../engine/run-watch.ts';
import type { LiveProject } from '../project/serving/live-project.ts';
import { PROBLEMS } from './serve/addresses.ts';

/** Who hears of changes: a session, or all streams of the newer protocol. */
export interface Hearer {
  /** Tools, prompts or resources have come, gone or changed. */
  listsChanged(): void;
  resourceChanged(uri: string): void;
  runChanged(news: RunNews): void;
}

/** Tells sessions what has changed in the repository, until the signal is aborted. */
export class Changes {
  readonly #hearers = new Set<Hearer>();
  #snapshot: string;

  constructor(live: LiveProject, signal: AbortSignal) {
    this.#snapshot = live.snapshotId;
    const end = live.onChange(({ snapshot }) => {
      const isNew = snapshot.id !== this.#snapshot;
      this.#snapshot = snapshot.id;
      for (const one of this.#hearers) {
        if (isNew) one.listsChanged();
        one.resourceChanged(PROBLEMS);
      }
    });
    signal.addEventListener('abort', end);
    const runChanged = (news: RunNews) => {
      for (const one of this.#hearers) one.runChanged(news);
    };
    // Without its database an engine reports nothing; a call says why.
    live.project.engine().then(
      (engine) => engine.watch(runChanged, signal),
      () => undefined,
    );
  }

  /** Returns what ends it. */
  tell(hearer: Hearer): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }
}
