import type { Event, RunReport } from '../../run/event.ts';
import type { EventChannel } from '../../run/event-channel.ts';
import type { ProblemReport } from '../../text/problem-report.ts';

/** What `run` comes to: a report, or the problems for which nothing was started. */
export type RunOutcome = RunReport | RefusedRun;

export interface RefusedRun {
  readonly run: null;
  readonly tool: string;
  readonly status: 'failed';
  readonly steps: readonly [];
  readonly outputs: Readonly<Record<string, never>>;
  readonly problems: readonly ProblemReport[];
}

/**
 * A run in the going. Iterate it for its events (one reader), or await `report` alone. The run goes on by itself either
 * way; a reader that falls behind holds it up, and one that stops reading does not.
 */
export class Run implements AsyncIterable<Event> {
  readonly #channel: EventChannel;
  readonly #outcome: Promise<RunOutcome>;

  constructor(channel: EventChannel, outcome: Promise<RunOutcome>) {
    this.#channel = channel;
    this.#outcome = outcome;
    // Whoever only iterates still meets a failure: the iterator ends, and `report` rejects when it is asked for.
    outcome.catch(() => undefined).finally(() => channel.close());
  }

  /** Rejects with `LockstepError` where the world is not as needed (no identity, an untrusted vault). */
  get report(): Promise<RunOutcome> {
    this.#channel.discard();
    return this.#outcome;
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, void, undefined> {
    return this.#channel[Symbol.asyncIterator]();
  }
}
