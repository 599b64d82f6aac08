import { AsyncLocalStorage } from 'node:async_hooks';

const actors = new AsyncLocalStorage<string>();

/** What the work does is recorded in the audit log as done by an actor of a server: `token ci`, `schedule`. */
export function asActor<T>(actor: string, work: () => T): T {
  return actors.run(actor, work);
}

/** Undefined where a person at this machine acts. */
export function currentActor(): string | undefined {
  return actors.getStore();
}
