import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { WHOLE_ACCESS } from '../access.ts';
import type { RunningCall } from './running-call.ts';

/** A flood of calls must not start a flood of processes. */
const MOST_CALLS = 100;
/** A client leaves room for the others. */
const MOST_PER_OWNER = 25;

/** The runs that clients have started and that have not ended. */
export class ActiveCalls {
  readonly #active = new Map<string, RunningCall>();
  readonly #answers = new Set<Promise<unknown>>();

  /** Whether that client has to wait before it starts another. Over stdio there is no other client. */
  isFullFor(owner: string): boolean {
    if (this.#active.size >= MOST_CALLS) return true;
    if (owner === WHOLE_ACCESS.id) return false;
    return [...this.#active.values()].filter((call) => call.owner === owner).length >= MOST_PER_OWNER;
  }

  add(call: RunningCall): void {
    this.#active.set(call.id, call);
    const remove = () => this.#active.delete(call.id);
    call.ended.then(remove, remove);
  }

  /** The call of that client; undefined where it has ended, or another client has started it. */
  find(run: string, owner: string): RunningCall | undefined {
    const found = this.#active.get(run);
    return found?.owner === owner ? found : undefined;
  }

  cancelAll(): void {
    for (const call of this.#active.values()) call.cancel();
  }

  killAll(): void {
    for (const call of this.#active.values()) call.kill();
  }

  /** Hands on the answer to a request that waits for its run. */
  answering<T>(answer: Promise<T>): Promise<T> {
    this.#answers.add(answer);
    return answer.finally(() => this.#answers.delete(answer));
  }

  /** Resolves when all have ended, and the requests that wait for them have their answers. */
  async ended(): Promise<void> {
    while (this.#active.size > 0 || this.#answers.size > 0)
      await Promise.allSettled([...[...this.#active.values()].map(({ ended }) => ended), ...this.#answers]);
    // The library sends an answer in the turn of the event loop in which it has it.
    await turnOfTheLoop();
  }
}
