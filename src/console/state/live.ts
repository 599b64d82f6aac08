import { signal } from '@preact/signals';
import { type LiveEvent, readEvents } from './events.ts';
import { send } from './request.ts';
import { token } from './session.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** Whether events arrive. Offline, actions wait. */
export const connection = signal<'connecting' | 'open' | 'offline'>('connecting');

type Listener = (event: LiveEvent) => void;

const listeners = new Set<Listener>();

/** Returns what ends it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the events of the server, and comes back where it was cut off, as long as the tab has a token. */
export function followServer(): void {
  token.subscribe((given) => {
    if (given !== null) void follow(given);
  });
}

async function follow(given: string): Promise<void> {
  let last = '';
  let wait = FIRST_WAIT_MS;
  while (token.value === given) {
    try {
      const response = await send('GET', '/events', last === '' ? {} : { headers: { 'last-event-id': last } });
      await readEvents(response, (event) => {
        connection.value = 'open';
        wait = FIRST_WAIT_MS;
        last = event.id;
        for (const listener of listeners) listener(event as LiveEvent);
      });
    } catch {
      // Below it waits and tries again.
    }
    connection.value = 'offline';
    await pause(wait);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** A tab that is shown again, or a network that is back, does not wait. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    addEventListener('online', wake);
    document.addEventListener('visibilitychange', wake);
  });
}
