import { LONGEST_TIMER_MS, monotonicMs } from '../util/timing.ts';

/** From TERM to KILL. */
export const GRACE_MS = 5_000;

/** What steps get that run although the time is up (`always()`), all together: as long as GitHub's runner gives after a cancel. */
export const CLEANUP_MS = 5 * 60_000;

/** A time limit that pauses while a person is asked for approval. */
export class TimeLimit {
  /** Follows the signal it was made with, and is also aborted when the time is up, unless that came first. */
  readonly signal: AbortSignal;
  /** Aborted when those too have had their time that run although this is up. */
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

  /** The time stands still until all that hold it have called what this returns. */
  hold(): () => void {
    if (this.#holds++ === 0) {
      clearTimeout(this.#timer);
      this.#left -= monotonicMs() - this.#since;
    }
    return () => {
      if (--this.#holds === 0) this.#start();
    };
  }

  /** The work under the limit has ended. */
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
