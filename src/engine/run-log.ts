import { setTimeout as pause } from 'node:timers/promises';
import { describeReason, type Event, reasonBeside } from '../run/event.ts';
import { mayBeAlive } from '../util/process-stamp.ts';
import type { JournalLine } from './journal.ts';
import { readLinesFrom } from './read-journal.ts';
import type { RunStore } from './run-store.ts';

/** The pause between two looks at the journal of a run in progress. */
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
  const { header, report } = runs.find(name);
  let [owner, isFinished, from] = [header.owner, report !== undefined, 0];
  for (; ; await pause(LOOK_MS, undefined, { signal })) {
    // First asks whether the run is running, then reads: so the last lines before its end are read too.
    const goesOn = follow && !isFinished && mayBeAlive(owner);
    const { lines, end } = readLinesFrom(runs.pathOf(header.run), from);
    from = end;
    for (const line of lines) {
      if (line.type === 'opened') [owner, isFinished] = [line.owner, false];
      else if (line.type === 'run-finished') isFinished = true;
      yield line;
    }
    if (!goesOn) return;
  }
}

/** An event of a run, by its place among the lines of the journal. */
export interface LogLine {
  readonly id: number;
  readonly time: string;
  readonly event: Event;
  /** Why a step or the run ended as it did, or is tried again. */
  readonly words?: string;
}

/**
 * The events after line number `after` of a journal, from at most `limit` lines.
 * @throws LockstepError `run/unknown`
 */
export function runLog(runs: RunStore, name: string, after: number, limit: number): readonly LogLine[] {
  const { lines } = readLinesFrom(runs.pathOf(runs.find(name).header.run), 0);
  return lines.slice(after, after + limit).flatMap((line, at) => {
    const event = eventOf(line);
    return event === undefined ? [] : { id: after + at + 1, time: line.time, event, ...wordsOf(event) };
  });
}

export function wordsOf(event: Event): Pick<LogLine, 'words'> {
  const words = reasonOf(event);
  return words === undefined ? {} : { words };
}

function reasonOf(event: Event): string | undefined {
  if (event.type === 'step-retrying') return describeReason(event.reason);
  if (event.type === 'step-finished') return reasonBeside(event.step);
  return event.type === 'run-finished' && event.report.reason ? describeReason(event.report.reason) : undefined;
}

/** A line of a journal as an event; undefined for a header. */
export function eventOf(line: JournalLine): Event | undefined {
  if (line.type === 'opened') return undefined;
  return line.type === 'ended' ? { type: 'step-finished', step: line.report } : line;
}
