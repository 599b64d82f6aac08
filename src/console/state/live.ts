import { signal } from '@preact/signals';
import type { LiveEvent } from './events.ts';
import { token } from './session.ts';
import { followStream } from './stream.ts';

/** Whether events arrive. Offline, actions wait. */
export const connection = signal<'connecting' | 'open' | 'offline'>('connecting');

type Listener = (event: LiveEvent) => void;

const listeners = new Set<Listener>();

/** Returns what ends it. */
export function onEvent(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Follows the events of the server as long as the tab has a token. */
export function followServer(): void {
  token.subscribe((given) => {
    if (given !== null) void follow(given);
  });
}

function follow(given: string): Promise<void> {
  return followStream({
    path: '/events',
    goesOn: () => token.value === given,
    take(event) {
      connection.value = 'open';
      for (const listener of listeners) listener(event as LiveEvent);
    },
    cutOff() {
      connection.value = 'offline';
    },
  });
}
