import { existsSync, type FSWatcher, watch } from 'node:fs';
import { makeFoldersSync } from '../util/atomic-file.ts';
import type { JournalLine } from './journal.ts';
import { Questions } from './questions.ts';
import { readLinesFrom } from './read-journal.ts';
import type { RunStore } from './run-store.ts';

/** Writes within this time are read together. */
const GATHERED_MS = 50;

/** The present status of a run, whichever process runs it. */
export interface RunNews {
  readonly run: string;
  readonly tool: string;
  readonly group: string | null;
  readonly status: string;
}

/** Reports when a run of the repository starts, waits for a person, continues and ends, until the signal is aborted. */
export function watchRuns(runs: RunStore, tell: (news: RunNews) => void, signal: AbortSignal): void {
  const known = new Map<string, FollowedJournal>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const read = () => {
    timer = undefined;
    for (const run of changed) {
      const journal = known.get(run) ?? new FollowedJournal();
      known.set(run, journal);
      if (!journal.read(runs, run, tell)) known.delete(run);
    }
    changed.clear();
  };
  const watcher = watchFolder(runs.folder, (file) => {
    if (!file.endsWith('.jsonl')) return;
    changed.add(file.slice(0, -'.jsonl'.length));
    timer ??= setTimeout(read, GATHERED_MS);
  });
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    watcher?.close();
  });
}

/** If the folder cannot be made or watched, no changes are reported; runs can still be listed. */
function watchFolder(folder: string, changed: (file: string) => void): FSWatcher | undefined {
  try {
    makeFoldersSync(folder, 0o700);
    const watcher = watch(folder, (_, file) => file !== null && changed(file));
    return watcher.on('error', () => watcher.close());
  } catch {
    return undefined;
  }
}

/** A journal that is read as it grows. */
export class FollowedJournal {
  #from = 0;
  #questions = new Questions();
  #of: Pick<RunNews, 'tool' | 'group'> | undefined;
  #status = '';

  /** Reads the new lines; false while the file is missing or empty, and once it is removed. */
  read(runs: RunStore, run: string, tell: (news: RunNews) => void): boolean {
    const { lines, end } = readLinesFrom(runs.pathOf(run), this.#from);
    this.#from = end;
    for (const line of lines) {
      this.#questions.take(line);
      if (line.type !== 'opened') continue;
      this.#of = runs.isOurs(line) ? { tool: line.tool, group: line.group } : undefined;
      this.#status = '';
    }
    const status = this.#statusAfter(lines);
    if (this.#of !== undefined && status !== this.#status) tell({ run, ...this.#of, status });
    this.#status = status;
    return end > 0 && (lines.length > 0 || existsSync(runs.pathOf(run)));
  }

  #statusAfter(lines: readonly JournalLine[]): string {
    const last = lines.findLast(({ type }) => type === 'opened' || type === 'run-finished');
    if (last?.type === 'run-finished') return last.report.status;
    if (last === undefined && this.#hasEnded) return this.#status;
    return this.#questions.waiting().length > 0 ? 'waiting' : 'running';
  }

  get #hasEnded(): boolean {
    return this.#status !== '' && this.#status !== 'running' && this.#status !== 'waiting';
  }
}
