import type { Event } from './event.ts';

/** Events that may wait for a slow reader before the run itself has to wait. */
const CAPACITY = 256;
/** Characters of output that these events may hold. */
const CAPACITY_OF_TEXT = 1024 * 1024;

/**
 * Between a run and one reader. `emit` returns a promise while the reader is behind, and its caller (a child's output)
 * waits for it: memory stays bounded. Without a reader, events are kept up to the capacity, unless `discard` was called.
 */
export class EventChannel implements AsyncIterable<Event> {
  readonly #queue: Event[] = [];
  #text = 0;
  #reading = false;
  #discarding = false;
  #closed = false;
  #wakeReader: (() => void) | undefined;
  #room: PromiseWithResolvers<void> | undefined;

  emit(event: Event): void | Promise<void> {
    if (this.#discarding) return undefined;
    this.#queue.push(event);
    this.#text += textOf(event);
    this.#wakeReader?.();
    if (this.#queue.length < CAPACITY && this.#text < CAPACITY_OF_TEXT) return undefined;
    this.#room ??= Promise.withResolvers<void>();
    return this.#room.promise;
  }

  close(): void {
    this.#closed = true;
    this.#wakeReader?.();
  }

  /** There is no reader, or no longer one: the run continues at its own speed. */
  discard(): void {
    if (this.#reading) return;
    this.#discarding = true;
    this.#queue.length = 0;
    this.#text = 0;
    this.#makeRoom();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event, void, undefined> {
    this.#reading = true;
    this.#discarding = false;
    try {
      while (true) {
        const event = this.#queue.shift();
        if (event !== undefined) this.#text -= textOf(event);
        if (this.#queue.length < CAPACITY / 2 && this.#text < CAPACITY_OF_TEXT / 2) this.#makeRoom();
        if (event !== undefined) yield event;
        else if (this.#closed) return;
        else await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      }
    } finally {
      this.#reading = false;
      this.discard();
    }
  }

  #makeRoom(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

function textOf(event: Event): number {
  return event.type === 'output' ? event.text.length : 0;
}
