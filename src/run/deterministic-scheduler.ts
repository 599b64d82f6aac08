import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import { InternalError } from '../errors.ts';
import type { Answer, ExecutionBackend, HeldLock, Question } from './execution-backend.ts';

type Operations = Pick<ExecutionBackend, 'step' | 'recordOrder' | 'sleep' | 'waitForApproval' | 'lock'>;

/**
 * Passes the ends of work to the interpreter one at a time, in the backend's order, and lets it continue until it
 * rests. So this order alone decides what starts next, whatever ends in the meantime.
 *
 *   started -> ended -> its turn has come: its waiters continue -> all wait -> the next turn
 */
export class DeterministicScheduler {
  readonly #backend: Operations;
  /** The running work, by name. */
  readonly #open = new Map<string, { readonly ended: Promise<unknown>; readonly turn: PromiseWithResolvers<void> }>();
  /** The work that has ended but has not had its turn. */
  readonly #ended: string[] = [];
  #wake: (() => void) | undefined;
  #going = false;

  constructor(backend: Operations) {
    this.#backend = backend;
  }

  step<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#await(name, this.#backend.step(name, work));
  }

  sleep(name: string, ms: number, until: readonly AbortSignal[]): Promise<void> {
    return this.#await(name, this.#backend.sleep(name, ms, until));
  }

  waitForApproval(question: Question, until: AbortSignal): Promise<Answer> {
    return this.#await(`${question.step}?${question.nth}`, this.#backend.waitForApproval(question, until));
  }

  lock(name: string, step: string, until: AbortSignal): Promise<HeldLock> {
    return this.#await(`${step}:${name}`, this.#backend.lock(name, step, until));
  }

  #await<T>(name: string, work: Promise<T>): Promise<T> {
    const turn = Promise.withResolvers<void>();
    const end = () => {
      this.#ended.push(name);
      this.#wake?.();
    };
    const ended = work.then(end, end);
    this.#open.set(name, { ended, turn });
    if (!this.#going) void this.#go();
    return turn.promise.then(() => work);
  }

  async #go(): Promise<void> {
    this.#going = true;
    try {
      for (await yieldToEventLoop(); this.#open.size > 0; await yieldToEventLoop()) await this.#giveTurn();
    } catch (error) {
      for (const { turn } of this.#open.values()) turn.reject(error);
      this.#open.clear();
    }
    this.#going = false;
  }

  async #giveTurn(): Promise<void> {
    const name = await this.#backend.recordOrder(() => this.#first());
    const next = this.#open.get(name);
    if (next === undefined) throw new InternalError('an end was recorded of what is not under way');
    await next.ended;
    this.#open.delete(name);
    this.#ended.splice(this.#ended.indexOf(name), 1);
    next.turn.resolve();
  }

  async #first(): Promise<string> {
    for (;;) {
      const [name] = this.#ended;
      if (name !== undefined) return name;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
