import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../errors.ts';
import type { Event, StepReport } from '../run/event.ts';
import type { EventChannel } from '../run/event-channel.ts';
import type { Answer, ExecutionBackend, Given, HeldLock, Question, StepRecord } from '../run/execution-backend.ts';
import { type Holder, holdLock } from '../util/lock.ts';
import { leftAtWork } from '../util/lock-work.ts';
import { isSameProcess, stampOfThisProcess } from '../util/process-stamp.ts';
import { unlessAborted } from '../util/timing.ts';
import type { GivenAnswer } from './answers.ts';
import { forgetBelow, type Journal, reportsBelow } from './journal.ts';
import { keyOf } from './questions.ts';

/** The pause between two looks for an answer from outside. */
const LOOK_MS = 100;

/** Who can approve steps that need approval. With neither `ask` nor `answers` they are not approved. */
export interface Approver {
  /** Asks a person here. Rejects when the signal is aborted, or if no one can be asked after all. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<boolean>;
  /** Looks for what `runs approve` wrote; absent if the run does not wait for it. */
  readonly answers?: (question: Question) => GivenAnswer | undefined | Promise<GivenAnswer | undefined>;
  /** Finds an answer that is on record where it is proven; absent: the record is trusted. */
  readonly prove?: (question: Question) => Promise<GivenAnswer | undefined>;
  /** The person who is asked here, for the record. */
  readonly by: string;
}

type PostedAnswers = NonNullable<Approver['answers']>;

export interface LocalBackendOptions {
  /** The tool of the run, for messages about the run as a whole. */
  readonly tool: string;
  readonly journal: Journal;
  readonly channel: EventChannel;
  /** The steps that earlier processes of this run have finished, by path. */
  readonly recorded: ReadonlyMap<string, StepRecord>;
  /** The answers that earlier processes received, by question (questions.ts). */
  readonly answered: ReadonlyMap<string, Answer>;
  /** How many questions each step had asked before the step that calls it was tried again. */
  readonly asked: ReadonlyMap<string, number>;
  readonly approver: Approver;
  mask(text: string): string;
  /** The path of the lock file of a `lock:`. */
  lockPath(name: string): string;
}

/** Runs the steps in this process: its journal has the steps that ended, and a resumed run does all others again. */
export class LocalBackend implements ExecutionBackend {
  readonly #options: LocalBackendOptions;
  readonly #recorded: Map<string, StepRecord>;
  readonly #releases: Promise<void>[] = [];
  readonly #wasKept: boolean;
  #faultIsTold = false;

  constructor(options: LocalBackendOptions) {
    this.#options = options;
    this.#recorded = new Map(options.recorded);
    this.#wasKept = options.journal.fault === undefined;
  }

  stepRecord(path: string): StepRecord | undefined {
    return this.#recorded.get(path);
  }

  reportsBelow(path: string): readonly StepReport[] {
    return reportsBelow(this.#recorded, path);
  }

  step<T>(_name: string, work: () => Promise<T>): Promise<T> {
    return work();
  }

  recordOrder(first: () => Promise<string>): Promise<string> {
    return first();
  }

  async sleep(_name: string, ms: number, until: readonly AbortSignal[]): Promise<void> {
    await pause(ms, undefined, { signal: AbortSignal.any([...until]) }).catch(() => undefined);
  }

  async waitForApproval(put: Question, until: AbortSignal): Promise<Answer> {
    const { answered, asked: before, approver } = this.#options;
    const question = { ...put, nth: put.nth + (before.get(put.step) ?? 0) };
    const known = answered.get(keyOf(question));
    const proven = known === undefined || approver.prove === undefined ? known : await approver.prove(question);
    if (proven !== undefined) return proven;
    const over = new AbortController();
    const signal = AbortSignal.any([until, over.signal]);
    const { ask, answers, by } = approver;
    const asked = ask && unlessAborted(ask(question.text, signal), signal).then((approved) => ({ approved, by }));
    const posted = answers === undefined ? undefined : this.#posted(answers, question, signal);
    const ways = [asked, posted].filter((way) => way !== undefined);
    if (ways.length === 0) return { approved: null, why: 'nobody' };
    const { step, about } = question;
    void this.event({ type: 'step-waiting', step, question: question.text, about });
    try {
      const answer = await Promise.race(ways);
      void this.event({ type: 'step-answered', step, about, ...answer });
      return answer;
    } catch (error) {
      if (until.aborted) return { approved: null, why: 'cancelled' };
      if (error instanceof LockstepError) return { approved: null, why: 'nobody' };
      throw error;
    } finally {
      over.abort();
      // The signal ends the other way; its result is not needed.
      await Promise.allSettled(ways);
    }
  }

  async lock(name: string, step: string, until: AbortSignal): Promise<HeldLock> {
    const { lockPath } = this.#options;
    const onWait = (holder: Holder) => {
      const isOurs = isSameProcess(holder, stampOfThisProcess());
      const who = isOurs ? 'another step of this process' : `process ${holder.pid} on ${holder.host}`;
      void this.event({ type: 'notice', step, message: `waits for the lock "${name}", which ${who} holds` });
    };
    try {
      const path = lockPath(name);
      const hold = await holdLock(path, { waitSeconds: Infinity, signal: until, onWait });
      const release = () => void this.#releases.push(hold().catch(() => undefined));
      await this.#workEnded(path, name, step, until);
      if (!until.aborted) return { release };
      release();
      return 'cancelled';
    } catch (error) {
      if (until.aborted) return 'cancelled';
      if (error instanceof LockstepError) return { fault: error.message };
      throw error;
    }
  }

  /** Also waits for processes that a killed run left running under the lock. */
  async #workEnded(path: string, name: string, step: string, until: AbortSignal): Promise<void> {
    let told = false;
    for (let left = leftAtWork(path); left.length > 0 && !until.aborted; left = leftAtWork(path)) {
      const pids = left.map(({ pid }) => pid).join(', ');
      const message = `waits for the lock "${name}": process ${pids}, which a killed run has left, is still at work under it`;
      if (!told) void this.event({ type: 'notice', step, message });
      told = true;
      await pause(LOOK_MS, undefined, { signal: until }).catch(() => undefined);
    }
  }

  ended(recorded: StepRecord): void {
    this.#options.journal.ended(recorded);
    this.#tellFault();
  }

  event(event: Event): void | Promise<void> {
    if (event.type === 'step-retrying') forgetBelow(this.#recorded, event.step);
    this.#options.journal.event(event);
    this.#tellFault();
    return this.#options.channel.emit(event);
  }

  /** Reports once that the disk cannot store the journal: the run continues without it. */
  #tellFault(): void {
    const { journal, channel } = this.#options;
    if (journal.fault === undefined || this.#faultIsTold) return;
    this.#faultIsTold = true;
    const message = this.#wasKept
      ? `its journal is no longer kept (${journal.fault}): it could not be resumed from here`
      : `no journal is kept (${journal.fault}): it could not be resumed`;
    void channel.emit({ type: 'notice', step: this.#options.tool, message });
  }

  /** Called when no part of the run is active any more. */
  async close(): Promise<void> {
    await Promise.all(this.#releases);
    this.#options.channel.close();
    this.#options.journal.close();
  }

  async #posted(find: PostedAnswers, question: Question, signal: AbortSignal): Promise<Given> {
    for (;;) {
      const found = await find(question);
      if (found !== undefined) {
        const { approved, by, reason } = found;
        return { approved, by, ...(reason !== undefined && { reason: this.#options.mask(reason) }) };
      }
      await pause(LOOK_MS, undefined, { signal });
    }
  }
}
