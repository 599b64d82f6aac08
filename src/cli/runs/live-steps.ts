import type { PlannedCall } from '../../plan/plan.ts';
import type { Event, Status, StepReport } from '../../run/event.ts';
import { LastLine } from './last-line.ts';

/** The present state of a step, or of an item of a `forEach`. */
export interface LiveStep {
  /** `post/send`, `audit[3]` */
  readonly path: string;
  /** The name within its parent: `send`, `[3]`. */
  readonly name: string;
  readonly status: Status | 'asking';
  /** The start on the clock of the events. */
  readonly started?: number;
  /** Present once the step has ended. */
  readonly durationMs?: number;
  readonly line: LastLine;
  /** The counts of a `forEach`; `total` is null until it is known. */
  readonly items?: { readonly ended: number; readonly total: number | null };
  /** The steps of the tool that it calls, or the items that run or did not succeed. */
  readonly below: ReadonlyMap<string, LiveStep>;
}

interface ShownStep extends LiveStep {
  status: LiveStep['status'];
  started?: number;
  durationMs?: number;
  line: LastLine;
  items?: { ended: number; total: number | null };
  readonly below: Map<string, ShownStep>;
}

/** The steps of a run: first from its plan, then updated by its events. */
export class LiveSteps {
  readonly #top = new Map<string, ShownStep>();
  readonly #known = new Map<string, ShownStep>();

  get top(): readonly LiveStep[] {
    return [...this.#top.values()];
  }

  /** Adds the planned steps; those below a `forEach` are unknown until its items start. */
  plan(call: PlannedCall): void {
    for (const planned of call.steps) {
      const step = this.#step(planned.stepPath);
      if (planned.forEach !== undefined) step.items = { ended: 0, total: planned.forEach.count };
      else if ('call' in planned) this.plan(planned.call);
    }
  }

  /** The steps that an earlier process of the run finished. */
  recorded(report: StepReport): void {
    this.#end(report);
  }

  take(event: Event, now: number): void {
    switch (event.type) {
      case 'step-started':
        this.#start(event.step, now);
        break;
      case 'output':
        this.#step(event.step).line.take(event.text);
        break;
      case 'notice':
        // The message may also come from the run itself.
        this.#known.get(event.step)?.line.take(`${event.message}\n`);
        break;
      case 'step-waiting':
      case 'step-answered':
        this.#ask(event.step, event.type === 'step-waiting');
        break;
      case 'step-retrying':
        this.#await(event.step);
        break;
      case 'item-finished':
        this.#end(event.item);
        break;
      case 'step-finished':
        this.#end(event.step);
        break;
      case 'run-started':
      case 'run-finished':
        break;
      default:
        event satisfies never;
    }
  }

  #start(path: string, now: number): void {
    const step = this.#step(path);
    step.status = 'running';
    step.started ??= now;
  }

  /** The run as a whole has no row. */
  #ask(path: string, isOpen: boolean): void {
    if (path !== '') this.#step(path).status = isOpen ? 'asking' : 'waiting';
  }

  /** Another attempt repeats all steps below it. */
  #await(path: string): void {
    const step = this.#step(path);
    step.status = 'waiting';
    for (const [name, { path: below }] of step.below) {
      if (name.startsWith('[')) this.#forget(step, name);
      else this.#renew(below);
    }
  }

  #renew(path: string): void {
    this.#await(path);
    const step = this.#step(path);
    delete step.started;
    delete step.durationMs;
    step.line = new LastLine();
    if (step.items !== undefined) step.items.ended = 0;
  }

  /** Steps below it that still wait never start. */
  #end({ id, status, durationMs, items }: StepReport): void {
    const step = this.#step(id);
    step.status = status;
    step.durationMs = durationMs;
    step.line = new LastLine();
    for (const [name, below] of step.below) if (below.status === 'waiting') this.#forget(step, name);
    if (items !== undefined)
      step.items = { ended: items.succeeded + items.failed + items.cancelled, total: items.total };
    const above = this.#known.get(aboveOf(id) ?? '');
    if (!step.name.startsWith('[') || above === undefined) return;
    if (above.items !== undefined) above.items.ended++;
    if (status === 'succeeded') this.#forget(above, step.name);
  }

  #forget(above: ShownStep, name: string): void {
    const step = above.below.get(name);
    if (step === undefined) return;
    for (const below of step.below.keys()) this.#forget(step, below);
    above.below.delete(name);
    this.#known.delete(step.path);
  }

  #step(path: string): ShownStep {
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const abovePath = aboveOf(path);
    const above = abovePath === undefined ? undefined : this.#step(abovePath);
    const name = abovePath === undefined ? path : path.slice(abovePath.length).replace(/^\//, '');
    if (above !== undefined && name.startsWith('[')) above.items ??= { ended: 0, total: null };
    const step: ShownStep = { path, name, status: 'waiting', line: new LastLine(), below: new Map() };
    this.#known.set(path, step);
    (above?.below ?? this.#top).set(name, step);
    return step;
  }
}

/** `post` of `post/send`, `audit` of `audit[3]`; undefined of a step of the run's own tool. */
function aboveOf(path: string): string | undefined {
  return /^(.+)(?:\/[^/]*|\[\d+\])$/s.exec(path)?.[1];
}
