import type { OutlinedStep } from '../../generated/answers.ts';
import type { Box } from '../../parts/graph/graph.tsx';
import { durationText } from '../../parts/time.tsx';
import { isAt } from './run-lines.ts';
import type { RunModel, StepState, StepView } from './run-model.ts';
import { SIGNS } from './standing.ts';

/** A step with more items shows only those that failed or are under way. */
const MOST_ITEMS = 20;

/** A step of the list: of the plan, of what happened, or of both. */
export interface StepRow {
  readonly id: string;
  readonly name: string;
  readonly depth: number;
  readonly view: StepView;
  readonly outline: OutlinedStep | undefined;
}

const QUIET: readonly StepState[] = ['succeeded', 'skipped', 'pending'];

/** In the order of the plan: a step, its items, and the steps of what it calls. */
export function stepRows(plan: readonly OutlinedStep[], model: RunModel): readonly StepRow[] {
  const seen = [...model.steps.keys()].filter((id) => id !== '');
  const withItems = new Set(seen.filter((id) => id.includes('[')).map(withoutItems));
  const order = new Map(
    [...new Set([...plan.map(({ id }) => id), ...seen.map(withoutItems)])].map((id, at) => [id, at]),
  );
  const outlines = new Map(plan.map((step) => [step.id, step]));
  const isOver = (id: string) => id.includes('/') && OVER.includes(stateAbove(id, model));
  const planned = plan.map(({ id }) => id).filter((id) => !model.steps.has(id) && !withItems.has(id) && !isOver(id));
  const crowded = crowdedSteps(seen);
  return [...seen, ...planned]
    .map((id) => ({
      id,
      name: id.replace(/^.*(?=\[)|^.*\//, ''),
      depth: id.replace(/[^/[]/g, '').length,
      view: model.steps.get(id) ?? { id, state: 'pending' as const, spans: [] },
      outline: outlines.get(withoutItems(id)),
      place: placeOf(id, order),
    }))
    .filter(({ id, view }) => !isCrowd(id, crowded) || !QUIET.includes(view.state))
    .sort((a, b) => compare(a.place, b.place));
}

/** A step of the plan below one of these has not run, and will not. */
const OVER: readonly StepState[] = ['skipped', 'failed', 'cancelled', 'succeeded'];

/** The state of the step that calls. */
function stateAbove(id: string, { steps }: RunModel): StepState {
  return steps.get(id.slice(0, id.lastIndexOf('/')))?.state ?? steps.get(id.replace(/\/.*$/, ''))?.state ?? 'pending';
}

function withoutItems(path: string): string {
  return path.replace(/\[\d+\]/g, '');
}

/** Steps with more items than have a row each. */
function crowdedSteps(ids: readonly string[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const id of ids) {
    const [, step] = /^(.*)\[\d+\]$/.exec(id) ?? [];
    if (step !== undefined) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count > MOST_ITEMS).map(([step]) => step));
}

function isCrowd(id: string, crowded: ReadonlySet<string>): boolean {
  return [...id.matchAll(/\[/g)].some(({ index }) => crowded.has(id.slice(0, index)));
}

/** For each part of a path: its place in the plan, and which item it is. */
function placeOf(id: string, order: ReadonlyMap<string, number>): readonly number[] {
  const parts = id.split('/');
  return parts.flatMap((part, at) => {
    const prefix = parts.slice(0, at + 1).join('/');
    const item = /\[(\d+)\]$/.exec(part)?.[1];
    return [order.get(withoutItems(prefix)) ?? order.size, item === undefined ? -1 : Number(item)];
  });
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? -2);
}

/** The step that one wants to see: what runs, else what waits or failed, else what came last. */
export function stepToShow(rows: readonly StepRow[]): string | undefined {
  const first = (state: StepState, also = (_: StepRow) => true) => {
    const found = rows.filter((row) => row.view.state === state && also(row));
    // The step itself rather than the one that calls it.
    return found.find(({ id }) => !found.some((other) => other.id !== id && isAt(other.id, id)))?.id;
  };
  return (
    first('running') ??
    first('waiting') ??
    first('failed', ({ view }) => view.report?.forgiven !== true) ??
    first('interrupted') ??
    first('failed') ??
    rows.findLast(({ view }) => view.state === 'succeeded')?.id ??
    rows[0]?.id
  );
}

/** How long it took, or has taken by now. */
export function tookOf({ spans, report, state }: StepView, now: number): number | null {
  if (report !== undefined && state !== 'running') return report.attempts === 0 ? null : report.durationMs;
  const [first] = spans;
  return first === undefined ? null : (spans.at(-1)?.to ?? now) - first.from;
}

/** The run's own steps as boxes. */
export function boxesOf(rows: readonly StepRow[], now: number): readonly Box[] {
  const own = rows.filter(({ depth }) => depth === 0);
  return own.map(({ id, view, outline }) => {
    const { icon, tone, words } = SIGNS[view.state];
    const took = tookOf(view, now);
    const said = view.state === 'succeeded' || view.state === 'running' ? null : words;
    const time = took === null ? null : durationText(took);
    const note =
      view.state === 'waiting' ? `waits ${time ?? ''}` : [said, time].filter((one) => one !== null).join(', ');
    return { id, needs: outline?.needs ?? [], words: id, note, icon, tone, state: lookOf(view.state) };
  });
}

function lookOf(state: StepState): NonNullable<Box['state']> {
  if (state === 'running' || state === 'waiting' || state === 'failed') return state;
  if (state === 'interrupted') return 'waiting';
  return state === 'succeeded' ? 'done' : 'pending';
}
