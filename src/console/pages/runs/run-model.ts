import type { StepReport } from '../../generated/answers.ts';
import type { ItemCounts, RunEvent } from './run-events.ts';
import { RunLines } from './run-lines.ts';

export type StepState =
  | 'pending'
  | 'running'
  | 'waiting'
  | 'succeeded'
  | 'failed'
  | 'cancelled'
  | 'skipped'
  | 'interrupted';

/** A stretch of the time axis, in milliseconds since the run began; without an end while it lasts. */
export interface Span {
  readonly kind: 'attempt' | 'wait';
  readonly from: number;
  to?: number;
  failed?: boolean;
}

export interface StepView {
  readonly id: string;
  state: StepState;
  readonly spans: Span[];
  report?: StepReport & { readonly items?: ItemCounts };
  /** Why it ended as it did. */
  words?: string;
  /** What a person is asked, as long as it waits. */
  question?: string | undefined;
  /** It ended in the run that this one retries. */
  kept?: boolean;
}

/** Who answered a question, and when. */
export interface AnswerView {
  readonly step: string;
  readonly approved: boolean;
  readonly by: string;
  readonly reason?: string;
  readonly time: string;
}

/** A run as its events tell it. */
export class RunModel {
  readonly steps = new Map<string, StepView>();
  readonly lines = new RunLines();
  readonly answers: AnswerView[] = [];
  ended = false;
  /** Its process is gone before its end. */
  interrupted = false;
  #begun: number | undefined;
  #last = 0;
  /** Time in which no process was at it. */
  #lost = 0;

  /** How long it has run when the last event came. */
  get length(): number {
    return this.#last - (this.#begun ?? this.#last) - this.#lost;
  }

  /** How long it has run by now, as long as its process lives. */
  lengthAt(now: number): number {
    return this.ended || this.#begun === undefined
      ? this.length
      : Math.max(this.length, now - this.#begun - this.#lost);
  }

  take(event: RunEvent): void {
    const time = Date.parse(event.time);
    if (event.type === 'run-started') this.#begin(time);
    this.#last = time;
    const at = time - (this.#begun ?? time) - this.#lost;
    if (event.type === 'run-finished') this.ended = true;
    else if (event.type === 'output') this.lines.output(event.step, event.stream, event.time, event.text);
    else if (event.type === 'step-finished') this.#finish(event.step, event, at);
    else if (event.type !== 'run-started') this.#change(this.#step(event.step), event, at);
  }

  /** The process is gone: what it was at is not known. */
  interrupt(): void {
    this.interrupted = true;
    for (const step of this.steps.values())
      if (step.state === 'running' || step.state === 'waiting') {
        step.state = 'interrupted';
        close(step, this.length, true);
      }
  }

  #begin(time: number): void {
    if (this.#begun === undefined) this.#begun = time;
    else this.#lost += time - this.#last;
    this.ended = false;
    this.interrupted = false;
    for (const step of this.steps.values())
      if (['running', 'waiting', 'interrupted'].includes(step.state)) {
        close(step, this.length, true);
        step.state = 'pending';
      }
  }

  #step(id: string): StepView {
    const known = this.steps.get(id);
    if (known !== undefined) return known;
    const made: StepView = { id, state: 'pending', spans: [] };
    this.steps.set(id, made);
    return made;
  }

  #change(step: StepView, event: Exclude<RunEvent, { step: StepReport } | { report: object }>, at: number): void {
    if (event.type === 'step-started') {
      if (event.attempt === 1) close(step, at, false);
      step.state = 'running';
      step.spans.push({ kind: 'attempt', from: at });
    } else if (event.type === 'step-waiting') {
      step.state = 'waiting';
      step.question = event.question;
      step.spans.push({ kind: 'wait', from: at });
    } else if (event.type === 'step-answered') {
      close(step, at, false);
      step.state = 'running';
      const { approved, by, reason, time } = event;
      this.answers.push({ step: step.id, approved, by, time, ...(reason !== undefined && { reason }) });
      // A step that is denied ends, and says by whom.
      if (approved)
        this.lines.say(step.id, time, 'note', `approved by ${by}${reason === undefined ? '' : `: ${reason}`}`);
    } else if (event.type === 'step-retrying') {
      close(step, at, true);
      const words = `${event.words ?? 'failed'}; attempt ${event.attempt} in ${event.delayMs / 1000} s`;
      this.lines.say(step.id, event.time, 'fault', words);
    } else if (event.type === 'notice') this.lines.say(step.id, event.time, 'note', event.message);
  }

  #finish(report: NonNullable<StepView['report']>, { time, words }: RunEvent, at: number): void {
    const step = this.#step(report.id);
    const failed = report.status === 'failed';
    close(step, at, failed);
    if (step.spans.length === 0 && report.attempts > 0 && this.#begun === undefined) step.kept = true;
    Object.assign(step, { state: report.status, report, words });
    if (words !== undefined && report.status !== 'skipped')
      this.lines.say(report.id, time, failed ? 'fault' : 'note', words);
  }
}

function close(step: StepView, at: number, failed: boolean): void {
  const span = step.spans.at(-1);
  step.question = undefined;
  if (span === undefined || span.to !== undefined) return;
  span.to = at;
  if (failed && span.kind === 'attempt') span.failed = true;
}
