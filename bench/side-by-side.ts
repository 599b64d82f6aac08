import { spawnSync } from 'node:child_process';
import type { Grid } from './grid.ts';

/** One whole process to be timed. `setup` runs once, before anything is measured, and makes what the process needs. */
export interface Case {
  readonly name: string;
  /** The program and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly setup?: () => void;
  /** Throws unless the process did its work. Called after each, outside the time, with its standard output. */
  readonly verify?: (stdout: string) => void;
}

export interface Timing {
  readonly name: string;
  readonly minimumMs: number;
  readonly medianMs: number;
  /** Median of this case divided by the median of the baseline, which is the first case. */
  readonly ratio: number;
}

export interface Table {
  readonly title: string;
  readonly rounds: number;
  readonly timings: readonly Timing[];
  /** How much each case worked through, where that can be said in bytes. */
  readonly mebibytes?: number;
}

/**
 * Times the cases in turn, round by round, so that whatever slows the machine slows all of them. A first round warms
 * caches and is not counted; cases that take many seconds do without. Throws when a process fails: the time of a failure
 * says nothing.
 */
export function timeSideBySide(title: string, cases: readonly Case[], rounds: number, { warmUp = true } = {}): Table {
  for (const each of cases) each.setup?.();
  const samples = new Map<string, number[]>(cases.map((each) => [each.name, []]));
  if (warmUp) for (const each of cases) timeOnce(each);
  for (let round = 0; round < rounds; round++) {
    for (const each of cases) samples.get(each.name)?.push(timeOnce(each));
  }
  const medians = [...samples].map(([name, times]) => ({
    name,
    minimumMs: Math.min(...times),
    medianMs: median(times),
  }));
  const baseline = medians[0]?.medianMs ?? Number.NaN;
  return { title, rounds, timings: medians.map((each) => ({ ...each, ratio: each.medianMs / baseline })) };
}

function timeOnce({ name, argv: [program, ...args], env, cwd, verify }: Case): number {
  const start = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', verify === undefined ? 'ignore' : 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
    ...(env !== undefined && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stderr?.toString().slice(-2000) ?? ''}`);
  verify?.(stdout.toString());
  return ms;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function gridOf({ title, rounds, timings, mebibytes }: Table): Grid {
  const columns = ['min', 'median', 'ratio', ...(mebibytes === undefined ? [] : ['MiB/s'])];
  const rows = timings.map(({ name, minimumMs, medianMs, ratio }) => {
    const speed = mebibytes === undefined ? [] : [(mebibytes / (medianMs / 1000)).toFixed(0)];
    return { name, cells: [minimumMs.toFixed(1), medianMs.toFixed(1), `${ratio.toFixed(2)}x`, ...speed] };
  });
  return { title: `${title} (${rounds} rounds, ms)`, columns, rows };
}
