import { setTimeout as pause } from 'node:timers/promises';
import type { HeldLock } from '../../run/execution-backend.ts';
import type { WorkerSession } from './worker-session.ts';

/** Between two tries for a lock that another worker holds. */
const LOOK_MS = 150;

/** What a step that wants a lock hears. */
export interface LockNews {
  /** Called once where it has to be waited for. */
  readonly tell: (message: string) => void;
  /** Called where it is held no longer although the step has not ended: the step has to end at once. */
  readonly lost: () => void;
}

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

  async hold(name: string, until: AbortSignal, { tell, lost }: LockNews): Promise<HeldLock> {
    const key = `lockstep/lock ${this.#repository} ${name}`;
    let told = false;
    while (!until.aborted) {
      const found = await this.#take(key, lost);
      if (found === 'taken') {
        if (!until.aborted) return { release: () => this.#release(key) };
        this.#release(key);
        return 'cancelled';
      }
      if (!told && found === 'held') {
        tell(`waits for the lock "${name}", which another step holds`);
        told = true;
      }
      await pause(LOOK_MS, undefined, { signal: until }).catch(() => undefined);
    }
    return 'cancelled';
  }

  async #take(key: string, lost: () => void): Promise<'taken' | 'held' | 'not-now'> {
    if (this.#held.has(key)) return 'held';
    this.#held.add(key);
    const found = await this.#session.tryStepLock(key, lost).catch(() => 'not-now' as const);
    if (found !== 'taken') this.#held.delete(key);
    return found;
  }

  #release(key: string): void {
    void this.#session
      .unlock(key)
      .catch(() => undefined)
      .finally(() => this.#held.delete(key));
  }
}
