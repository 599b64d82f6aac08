/** Node shortens a longer timeout to 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Milliseconds since an arbitrary moment; never goes back. `performance` would load `node:perf_hooks`, 2 ms of a start.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** In whole milliseconds. */
export function msSince(moment: number): number {
  return Math.round(monotonicMs() - moment);
}

/** The result of `work`, or the signal's reason as a rejection; `work` itself may continue unobserved. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}
