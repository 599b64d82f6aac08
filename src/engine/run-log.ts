import { setTimeout as pause } from 'node:timers/promises';
import type { Event } from '../run/event.ts';
import type { JournalLine } from './journal.ts';
import { readLines } from './read-journal.ts';
import type { RunStore } from './run-store.ts';
import { isRunning } from './run-summary.ts';

/** Between two looks at the journal of a run in progress. */
const LOOK_MS = 100;

export interface LogOptions {
  /** Waits for new lines until the run ends. */
  readonly follow: boolean;
  /** Ends the waiting; the iterator then throws. */
  readonly signal: AbortSignal;
}

/** The lines of a run's journal, in their order. @throws LockstepError `run/unknown` */
export async function* journalLines(
  runs: RunStore,
  name: string | undefined,
  { follow, signal }: LogOptions,
): AsyncGenerator<JournalLine, void, undefined> {
  const { run } = runs.find(name).header;
  for (let read = 0; ; await pause(LOOK_MS, undefined, { signal })) {
    // Whether it runs is asked first: what it writes before it ends is read after that.
    const goesOn = follow && isRunning(runs.find(run));
    const lines = readLines(runs.pathOf(run));
    yield* lines.slice(read);
    read = lines.length;
    if (!goesOn) return;
  }
}

/** What a line of a journal says as an event; none of how it was opened. */
export function eventOf(line: JournalLine): Event | undefined {
  if (line.type === 'opened') return undefined;
  return line.type === 'ended' ? { type: 'step-finished', step: line.report } : line;
}
