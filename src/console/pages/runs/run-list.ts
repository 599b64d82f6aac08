import type { RunSummary } from '../../generated/answers.ts';
import { dayText } from '../../parts/time.tsx';
import { withWords } from '../../parts/word-filter.ts';
import { argumentsText } from './arguments.ts';
import type { StepState } from './run-model.ts';
import { isUnderWay, standingOf } from './standing.ts';

/** A row of the list: a heading, or a run. */
export type RunRow = { readonly heading: string } | { readonly run: RunSummary };

export const FILTERS: readonly (readonly [StepState, string])[] = [
  ['waiting', 'Waiting'],
  ['running', 'Running'],
  ['pending', 'Queued'],
  ['failed', 'Failed'],
  ['interrupted', 'Interrupted'],
  ['cancelled', 'Cancelled'],
  ['succeeded', 'Succeeded'],
];

export interface RunFilter {
  readonly state: string;
  readonly tool: string;
  readonly text: string;
}

export function matching(runs: readonly RunSummary[], { state, tool, text }: RunFilter): readonly RunSummary[] {
  const chosen = runs.filter(
    (one) => (state === '' || standingOf(one) === state) && (tool === '' || one.tool === tool),
  );
  return withWords(chosen, text, searched);
}

function searched({ run, tool, args, by = '', agent = '', group }: RunSummary): string {
  return `${run} ${tool} ${argumentsText(args)} ${by} ${agent} ${group ?? ''}`;
}

/** Those under way first, then by day, newest first. */
export function rowsOf(runs: readonly RunSummary[], now: Date): readonly RunRow[] {
  const underWay = runs.filter((one) => isUnderWay(standingOf(one)));
  const rest = runs.filter((one) => !isUnderWay(standingOf(one)));
  const days = Map.groupBy(rest, ({ started }) => dayOf(new Date(started)));
  return [
    ...(underWay.length > 0 ? [{ heading: 'Under way' }, ...underWay.map((run) => ({ run }))] : []),
    ...[...days].flatMap(([day, ofDay]) => [{ heading: dayName(day, now) }, ...ofDay.map((run) => ({ run }))]),
  ];
}

/** `2026-11-27`, here. */
function dayOf(date: Date): string {
  const two = (count: number) => String(count).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function dayName(day: string, now: Date): string {
  if (day === dayOf(now)) return 'Today';
  const before = new Date(now);
  before.setDate(before.getDate() - 1);
  return day === dayOf(before) ? 'Yesterday' : dayText(day);
}
