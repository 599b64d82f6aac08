import { setTimeout as pause } from 'node:timers/promises';
import type { HeldLock } from '../../run/execution-backend.ts';
import type { SessionLock, WorkerSession } from './worker-session.ts';

/** Between two tries for a lock that another worker holds. */
const LOOK_MS = 150;

/** What a step that wants a lock hears. */
export interface LockNews {
  /** Called once where it has to be waited for. */
  readonly tell: (message: string) => void;
  /** Called where it is held no longer although the step has not ended: the step has to end at once. */
  readonly lost: () => void;
}

type Held = { release(): void } | 'cancelled';

/**
 * The locks of steps, `lock:`, over all workers of a database. They belong to the session of the worker, so they end with
 * it; within the worker, one step at a time holds one.
 */
export class StepLocks {
  readonly #session: WorkerSession;
  readonly #repository: string;
  /** The database does not tell the steps of one worker apart. */
  readonly #held = new Set<SessionLock>();

  /** @param repository repositories do not share locks, even under the same name */
  constructor(session: WorkerSession, repository: string) {
    this.#session = session;
    this.#repository = repository;
  }

  async hold(name: string, until: AbortSignal, news: LockNews): Promise<HeldLock> {
    const held = await this.#hold('alone', name, until, news);
    if (held === 'cancelled') return held;
    const past = await this.#hold('past', name, until, news);
    (past === 'cancelled' ? held : past).release();
    return past === 'cancelled' ? past : held;
  }

  /**
   * For a step that another worker has sent. That one holds the lock, for several such steps at one time; where it dies, they
   * live on for a moment, and the next holder waits for their end.
   */
  holdSent(name: string, until: AbortSignal, news: LockNews): Promise<HeldLock> {
    return this.#hold('sent', name, until, news);
  }

  async #hold(
    kind: 'alone' | 'sent' | 'past',
    name: string,
    until: AbortSignal,
    { tell, lost }: LockNews,
  ): Promise<Held> {
    const key = `lockstep/${kind === 'alone' ? 'lock' : 'sent'} ${this.#repository} ${name}`;
    const lock = { key, lost, isShared: kind === 'sent' };
    let told = false;
    while (!until.aborted) {
      const found = await this.#take(lock);
      if (found === 'taken') {
        if (!until.aborted) return { release: () => this.#release(lock) };
        this.#release(lock);
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

  async #take(lock: SessionLock): Promise<'taken' | 'held' | 'not-now'> {
    for (const { key, isShared } of this.#held) if (key === lock.key && !(isShared && lock.isShared)) return 'held';
    this.#held.add(lock);
    const found = await this.#session.tryStepLock(lock).catch(() => 'not-now' as const);
    if (found !== 'taken') this.#held.delete(lock);
    return found;
  }

  #release(lock: SessionLock): void {
    void this.#session
      .unlock(lock)
      .catch(() => undefined)
      .finally(() => this.#held.delete(lock));
  }
}
