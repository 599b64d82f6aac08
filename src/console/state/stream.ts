import { readEvents, type SentEvent } from './events.ts';
import { send } from './request.ts';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

interface Stream {
  /** Below the API. */
  readonly path: string;
  readonly take: (event: SentEvent) => void;
  /** Asked before each connection: false ends it. */
  readonly goesOn: () => boolean;
  /** Called when it is cut off, before it connects again. */
  readonly cutOff?: () => void;
  /** The id of the event after which it begins. */
  readonly last?: string;
  readonly signal?: AbortSignal;
}

/** Follows a stream of events, and comes back where it was cut off. */
export async function followStream({ path, take, goesOn, cutOff, last = '', signal }: Stream): Promise<void> {
  let [seen, wait] = [last, FIRST_WAIT_MS];
  while (goesOn()) {
    try {
      const headers = seen === '' ? {} : { 'last-event-id': seen };
      const response = await send('GET', path, { headers, ...(signal && { signal }) });
      await readEvents(response, (event) => {
        [seen, wait] = [event.id, FIRST_WAIT_MS];
        take(event);
      });
    } catch {
      // Below it waits and tries again.
    }
    if (!goesOn()) return;
    cutOff?.();
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
