import { setTimeout as pause } from 'node:timers/promises';
import type { HeldLock } from '../../run/execution-backend.ts';
import type { WorkerSession } from './worker-session.ts';

/** Between two tries for a lock that another worker holds. */
const LOOK_MS = 150;

/**
 * The locks of steps, `lock:`, over all workers of a database. They belong to the session of the worker, so they end with
 * it; within the worker, one step at a time holds one.
 */
export class StepLocks {
  readonly #session: WorkerSession;
  readonly #repository: string;
  readonly #held = new Set<string>();

  /** @param repository repositories do not share locks, even under the same name */
  constructor(session: WorkerSession, repository: string) {
    this.#session = session;
    this.#repository = repository;
  }

  /** @param tell called once where it has to be waited for */
  async hold(name: string, until: AbortSignal, tell: (message: string) => void): Promise<HeldLock> {
    const key = `lockstep/lock ${this.#repository} ${name}`;
    let told = false;
    while (!until.aborted) {
      if (await this.#take(key)) {
        if (!until.aborted) return { release: () => this.#release(key) };
        this.#release(key);
        return 'cancelled';
      }
      if (!told) tell(`waits for the lock "${name}", which another step holds`);
      told = true;
      await pause(LOOK_MS, undefined, { signal: until }).catch(() => undefined);
    }
    return 'cancelled';
  }

  async #take(key: string): Promise<boolean> {
    if (this.#held.has(key)) return false;
    this.#held.add(key);
    const taken = await this.#session.tryLock(key).catch(() => false);
    if (!taken) this.#held.delete(key);
    return taken;
  }

  #release(key: string): void {
    void this.#session
      .unlock(key)
      .catch(() => undefined)
      .finally(() => this.#held.delete(key));
  }
}
