import type { Attempt } from './attempt.ts';
import type { Event, StepReport } from './event.ts';
import type { SentStep } from './sent-step.ts';

/**
 * Where a run lives, and all that the interpreter (run-call.ts, run-items.ts, retry.ts) waits for. It waits for nothing
 * else, and continues after one end at a time in the recorded order (deterministic-scheduler.ts), so the same answers lead
 * to the same run. So a run can outlive its process: the local backend (engine/local-backend.ts) remembers what has ended,
 * a durable one what it answered.
 */
export interface ExecutionBackend {
  /** A step, or an item of a `forEach`, that an earlier process of this run brought to its end: it is not done again. */
  stepRecord(path: string): StepRecord | undefined;
  /** The steps below it; items are reported as counts. */
  reportsBelow(path: string): readonly StepReport[];
  /** Runs one attempt. @param name of the attempt: unique among all that is under way */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Has one attempt of a step with `runsOn` done by another worker; absent: all steps run here. */
  send?(sent: SentStep, signals: SentSignals): Promise<Attempt>;
  /** Which of the operations under way the interpreter hears of next. @param first the one whose end comes first by itself */
  recordOrder(first: () => Promise<string>): Promise<string>;
  /** Resolves after the time, or as soon as one of the signals is aborted. */
  sleep(name: string, ms: number, until: readonly AbortSignal[]): Promise<void>;
  /** A person's answer, or why there is none. Says that it waits, and what was answered; nothing where it knows that already. */
  waitForApproval(question: Question, until: AbortSignal): Promise<Answer>;
  /** Waits until no other step of that lock is running, in this run or another. */
  lock(name: string, step: string, until: AbortSignal): Promise<HeldLock>;
  /** The record is stored when this returns, and the steps after it may start. */
  ended(recorded: StepRecord): void;
  /** Receives the masked events of the run. While the promise is pending, the source of the output waits. */
  event(event: Event): void | Promise<void>;
}

/** What a step that is sent to another worker hears of the run, and the run of it. */
export interface SentSignals {
  /** Ends it gently, and at once. */
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
  /** Called when a worker begins. */
  readonly begin: (worker: string) => void;
  /** Receives what the step says. While the promise is pending, no more is read. */
  readonly tell: (event: Extract<Event, { type: 'output' | 'notice' }>) => void | Promise<void>;
}

/** A step, or an item of a `forEach`, that has ended. */
export interface StepRecord {
  readonly report: StepReport;
  /** Masked, but for sensitive ones, which never are in a journal as they are: output-seal.ts. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The names of those that are sensitive. */
  readonly sensitive?: readonly string[];
}

export interface Question {
  /** The step that waits; empty for the run as a whole. */
  readonly step: string;
  /** How often it has been answered before in this run. */
  readonly nth: number;
  readonly text: string;
  /** Everything that the question is about: an answer to one question does not answer another. */
  readonly about: string;
}

export type Answer =
  | Given
  /** No one could be asked, or the step was cancelled before an answer. */
  | { readonly approved: null; readonly why: 'nobody' | 'cancelled' };

export interface Given {
  readonly approved: boolean;
  /** The name of the person, as the machine knows it. */
  readonly by: string;
  readonly reason?: string;
}

/** A lock that is held until it is released, or why it cannot be acquired. */
export type HeldLock = { release(): void } | { readonly fault: string } | 'cancelled';
