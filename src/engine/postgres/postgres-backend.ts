import type { Attempt } from '../../run/attempt.ts';
import type { Event, StepReport } from '../../run/event.ts';
import type { Answer, HeldLock, Question, SentSignals, StepRecord } from '../../run/execution-backend.ts';
import type { SentStep } from '../../run/sent-step.ts';
import { LocalBackend, type LocalBackendOptions } from '../local-backend.ts';
import type { RunBackend } from '../run-home.ts';
import type { JournalTable } from './journal-table.ts';
import type { SentSteps } from './sent-steps.ts';
import type { StepLocks } from './step-locks.ts';

export interface PostgresBackendOptions {
  readonly local: LocalBackendOptions;
  readonly journal: JournalTable;
  readonly hold: StepLocks['hold'];
  /** A step has lost its lock: the run ends here at once. */
  readonly lockLost: () => void;
  /** Rejects when the worker hands the run over: nothing more starts here. */
  readonly mayStart: () => void;
  readonly sentSteps: SentSteps;
}

/**
 * Runs the steps in this worker, or sends them to others. Everything that has ended is on record before the next step
 * starts, as in the journal of a file; a worker that takes the run over begins with it. Locks hold over all workers of the
 * database.
 */
export class PostgresBackend implements RunBackend {
  readonly #local: LocalBackend;
  readonly #options: PostgresBackendOptions;

  constructor(options: PostgresBackendOptions) {
    this.#options = options;
    this.#local = new LocalBackend(options.local);
  }

  stepRecord(path: string): StepRecord | undefined {
    return this.#local.stepRecord(path);
  }

  reportsBelow(path: string): readonly StepReport[] {
    return this.#local.reportsBelow(path);
  }

  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    await this.#options.journal.written();
    // What a called tool has running beside its steps is ended in any case.
    if (!name.endsWith(':services')) this.#options.mayStart();
    return work();
  }

  send(sent: SentStep, signals: SentSignals): Promise<Attempt> {
    return this.#options.sentSteps.send(sent, signals);
  }

  recordOrder(first: () => Promise<string>): Promise<string> {
    return first();
  }

  async sleep(name: string, ms: number, until: readonly AbortSignal[]): Promise<void> {
    await this.#local.sleep(name, ms, until);
    this.#options.mayStart();
  }

  async waitForApproval(question: Question, until: AbortSignal): Promise<Answer> {
    const answer = await this.#local.waitForApproval(question, until);
    await this.#options.journal.written();
    return answer;
  }

  async lock(name: string, step: string, until: AbortSignal): Promise<HeldLock> {
    const tell = (message: string) => void this.event({ type: 'notice', step, message });
    return this.#options.hold(name, until, { tell, lost: this.#options.lockLost });
  }

  ended(recorded: StepRecord): void {
    this.#local.ended(recorded);
  }

  event(event: Event): void | Promise<void> {
    return this.#local.event(event) ?? this.#options.journal.room;
  }

  async close(): Promise<void> {
    await this.#options.journal.written().catch(() => undefined);
    await this.#local.close();
  }
}
