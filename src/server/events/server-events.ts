import { randomBytes } from 'node:crypto';
import type { RunNews } from '../../engine/run-watch.ts';

/** What a stream sends: a server-sent event. */
export interface SentEvent {
  /** By which a client that was cut off continues. */
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
}

/** What happens in a served repository. None holds a value. */
export type ServerEvent =
  | { readonly type: 'state'; readonly data: { readonly snapshot: string; readonly current: boolean } }
  | { readonly type: 'run'; readonly data: RunNews }
  | { readonly type: 'secrets'; readonly data: { readonly group?: string; readonly name?: string } };

/** Events that a client can still ask for. A client that was away longer gets `reset`, and reads everything again. */
const KEPT = 1_000;

/** The events of a server, in their order. */
export class ServerEvents {
  readonly #epoch = randomBytes(4).toString('hex');
  #count = 0;
  #kept: SentEvent[] = [];
  readonly #readers = new Set<() => void>();

  emit({ type, data }: ServerEvent): void {
    this.#count += 1;
    this.#kept.push({ id: `${this.#epoch}-${this.#count}`, type, data });
    if (this.#kept.length > KEPT) this.#kept.shift();
    for (const wake of this.#readers) wake();
  }

  /**
   * Every event after the one named `last`, and then each as it comes. Begins with `reset` where some were missed, and with
   * `ready` otherwise, so that a client has an id to come back with.
   */
  async *after(last: string | undefined, signal: AbortSignal): AsyncGenerator<SentEvent, void, undefined> {
    let next = this.#positionAfter(last);
    yield {
      id: `${this.#epoch}-${next ?? this.#count}`,
      type: last !== undefined && next === undefined ? 'reset' : 'ready',
      data: {},
    };
    next ??= this.#count;
    while (!signal.aborted) {
      const fresh = this.#kept.slice(Math.max(0, this.#kept.length - (this.#count - next)));
      next = this.#count;
      yield* fresh;
      if (next === this.#count) await this.#more(signal);
    }
  }

  /** How many events came up to and with the one named; undefined where events after it are gone, or it is unknown. */
  #positionAfter(last: string | undefined): number | undefined {
    const [, epoch, count] = /^([0-9a-f]{8})-(\d{1,15})$/.exec(last ?? '') ?? [];
    const at = Number(count);
    if (epoch !== this.#epoch || at > this.#count) return undefined;
    return at >= this.#count - this.#kept.length ? at : undefined;
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#readers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#readers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
