/** Node shortens a longer timeout to 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Milliseconds since some moment; never goes back. `performance` would load `node:perf_hooks`, 2 ms of a run's start. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** In whole ones. */
export function msSince(moment: number): number {
  return Math.round(monotonicMs() - moment);
}
