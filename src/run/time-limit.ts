import { LONGEST_TIMER_MS, monotonicMs } from '../util/timing.ts';

/** The time from TERM to KILL. */
export const GRACE_MS = 5_000;

/** The total time for steps that run after the limit (`always()`): as long as GitHub's runner gives after a cancel. */
export const CLEANUP_MS = 5 * 60_000;

/** A time limit that pauses while a person is asked for approval. */
export class TimeLimit {
  /** Aborted with the outer signal or when the time is up, whichever comes first. */
  readonly signal: AbortSignal;
  /** Aborted when the time for steps that run after the limit is up, too. */
  readonly cleanupExpired: AbortSignal;
  readonly #outer: AbortSignal;
  readonly #own = new AbortController();
  readonly #late = new AbortController();
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #holds = 0;

  /** @param ms no limit when absent */
  constructor(ms: number | undefined, outer: AbortSignal) {
    this.#outer = outer;
    this.#left = ms ?? Infinity;
    this.signal = ms === undefined ? outer : AbortSignal.any([outer, this.#own.signal]);
    this.cleanupExpired = this.#late.signal;
    this.#start();
  }

  get expired(): boolean {
    return this.#own.signal.aborted;
  }

  /** Pauses the time until every holder has called its returned function. */
  hold(): () => void {
    if (this.#holds++ === 0) {
      clearTimeout(this.#timer);
      this.#left -= monotonicMs() - this.#since;
    }
    return () => {
      if (--this.#holds === 0) this.#start();
    };
  }

  /** Stops the limit, because its work has ended. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#left = Infinity;
  }

  #start(): void {
    this.#since = monotonicMs();
    if (this.#left === Infinity) return;
    this.#timer = setTimeout(() => this.#expire(), Math.min(Math.max(this.#left, 0), LONGEST_TIMER_MS));
  }

  #expire(): void {
    if (this.expired) this.#late.abort();
    else if (!this.#outer.aborted) {
      this.#left = CLEANUP_MS;
      this.#start();
      this.#own.abort();
    }
  }
}
