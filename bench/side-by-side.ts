import { spawnSync } from 'node:child_process';

/** One whole process to be timed. `setup` runs once, before anything is measured, and makes what the process needs. */
export interface Case {
  readonly name: string;
  /** The program and its arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly setup?: () => void;
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
}

/**
 * Times the cases in turn, round by round, so that whatever slows the machine slows all of them. A first round warms
 * caches and is not counted. Throws when a process fails: the time of a failure says nothing.
 */
export function timeSideBySide(title: string, cases: readonly Case[], rounds: number): Table {
  for (const each of cases) each.setup?.();
  const samples = new Map<string, number[]>(cases.map((each) => [each.name, []]));
  for (const each of cases) timeOnce(each);
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

function timeOnce({ name, argv: [program, ...args], env, cwd }: Case): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(env !== undefined && { env }),
    ...(cwd !== undefined && { cwd }),
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (status !== 0) throw new Error(`${name} ended with ${status}:\n${stderr?.toString().slice(-2000) ?? ''}`);
  return ms;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

export function render({ title, rounds, timings }: Table): string {
  const width = Math.max(...timings.map(({ name }) => name.length), 4);
  const row = (name: string, ...cells: string[]) =>
    `${name.padEnd(width)}${cells.map((cell) => cell.padStart(10)).join('')}`;
  const rows = timings.map(({ name, minimumMs, medianMs, ratio }) =>
    row(name, minimumMs.toFixed(1), medianMs.toFixed(1), `${ratio.toFixed(2)}x`),
  );
  return [`${title} (${rounds} rounds, ms)`, row('', 'min', 'median', 'ratio'), ...rows].join('\n');
}
