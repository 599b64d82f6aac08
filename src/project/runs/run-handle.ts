import type { Event, RunReport } from '../../run/event.ts';
import { EventChannel } from '../../run/event-channel.ts';
import type { ProblemReport } from '../../text/problem-report.ts';
import type { RunOptions } from './call-options.ts';

/** The result of `run`: a report, or the problems because of which nothing was started. */
export type RunOutcome = RunReport | RefusedRun;

export interface RefusedRun {
  readonly run: null;
  readonly tool: string;
  readonly status: 'failed';
  readonly steps: readonly [];
  readonly outputs: Readonly<Record<string, never>>;
  readonly problems: readonly ProblemReport[];
}

/** What `run` needs to start: the run's name, the signals that end it, and where its events go. */
export interface RunStart {
  readonly id: string;
  readonly channel: EventChannel;
  readonly signal: AbortSignal;
  readonly kill: AbortSignal;
  /** Ends the following of a run that continues without this process. */
  readonly left: AbortSignal;
}

/**
 * A run in progress. Iterate it for its events (one reader), or await `result()` alone. The run continues by itself
 * either way; a reader that falls behind slows it down, and a reader that stops does not.
 */
export class Run implements AsyncIterable<Event>, AsyncDisposable {
  /** The name of its journal, known from the start. A refused run has no journal. */
  readonly id: string;
  /** Whether workers carry it: then it continues without this process. */
  readonly isRemote: boolean;
  readonly #channel = new EventChannel();
  readonly #cancel = new AbortController();
  readonly #kill = new AbortController();
  readonly #left = new AbortController();
  readonly #outcome: Promise<RunOutcome>;

  constructor(
    id: string,
    { signal, kill }: RunOptions,
    start: (start: RunStart) => Promise<RunOutcome>,
    isRemote = false,
  ) {
    this.id = id;
    this.isRemote = isRemote;
    this.#outcome = start({
      id,
      channel: this.#channel,
      signal: anyOf(signal, this.#cancel.signal),
      kill: anyOf(kill, this.#kill.signal),
      left: this.#left.signal,
    });
    // A caller that only iterates still sees a failure: the iterator ends, and `result()` rejects.
    this.#outcome.catch(() => undefined).finally(() => this.#channel.close());
  }

  /**
   * Discards unread events. Rejects with `LockstepError` where the run cannot start (no identity, an untrusted vault).
   */
  result(): Promise<RunOutcome> {
    this.#channel.discard();
    return this.#outcome;
  }

  /** As `result`, without discarding the events. */
  get ended(): Promise<RunOutcome> {
    return this.#outcome;
  }

  /** TERM to each process group, 5 s, KILL; `always()` steps still run. */
  cancel(): void {
    this.#cancel.abort();
  }

  /** Stops following a run of workers: it continues there, and `result` rejects. */
  leave(): void {
    this.#left.abort();
  }

  /** Ends everything at once. */
  kill(): void {
    this.#cancel.abort();
    this.#kill.abort();
  }

  /** Cancels the run, and waits until it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    await this.result().catch(() => undefined);
  }

  [Symbol.asyncIterator](): AsyncIterator<Event, void, undefined> {
    return this.#channel[Symbol.asyncIterator]();
  }
}

function anyOf(given: AbortSignal | undefined, own: AbortSignal): AbortSignal {
  return given === undefined ? own : AbortSignal.any([given, own]);
}
