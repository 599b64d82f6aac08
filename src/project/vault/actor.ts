import { AsyncLocalStorage } from 'node:async_hooks';

const actors = new AsyncLocalStorage<string>();

/** Runs the work with a server's actor, which the audit log records: `token ci`, `schedule`. */
export function asActor<T>(actor: string, work: () => T): T {
  return actors.run(actor, work);
}

/** Undefined if a person acts at this machine. */
export function currentActor(): string | undefined {
  return actors.getStore();
}
