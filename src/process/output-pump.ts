import type { Readable } from 'node:stream';

const TICK_MS = 50;
/** A stream still open after its writers should be gone and silent for this long is held by an unrelated process. */
const IDLE_TICKS = 4;
/** A stream that is still written to is cut off after this long, not counting the time the consumer made us wait. */
const LAST_TICKS = 20;

export type Deliver = (chunk: Uint8Array) => void | Promise<void>;

/** Carries one output stream to its consumer, reading no further while the consumer is at work. */
export class OutputPump {
  readonly #stream: Readable;
  readonly #deliver: Deliver;
  readonly #failed: (error: unknown) => void;
  readonly #done = Promise.withResolvers<void>();
  /** Node resumes a child's paused streams when the child exits, so chunks can come while the consumer is at work. */
  #queue: Uint8Array[] = [];
  #busy = false;
  #ended = false;
  #fresh = false;
  #hurried = false;
  #ticking: NodeJS.Timeout | undefined;

  /** `failed` is called at most once, with what `deliver` threw; nothing is delivered after that. */
  constructor(stream: Readable, deliver: Deliver, failed: (error: unknown) => void) {
    this.#stream = stream;
    this.#deliver = deliver;
    this.#failed = failed;
    stream.on('data', (chunk: Uint8Array) => this.#arrive(chunk));
    stream.on('error', () => this.#end());
    stream.on('close', () => this.#end());
  }

  /** Settles when the last byte was delivered or the stream was abandoned. Nothing is delivered afterwards. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Call when the writers are gone: delivers the rest, and abandons a stream that another process holds open. */
  finish(): void {
    let idle = 0;
    let total = 0;
    this.#ticking = setInterval(() => {
      if (this.#busy && !this.#hurried) return;
      total += 1;
      idle = this.#fresh || this.#busy ? 0 : idle + 1;
      this.#fresh = false;
      if (idle >= IDLE_TICKS || total >= LAST_TICKS) this.#giveUp();
    }, TICK_MS);
    if (this.#ended && !this.#busy) this.#settle();
  }

  /** From now on the consumer's time counts too, so that a blocked consumer cannot hold up a cancelled child. */
  hurry(): void {
    this.#hurried = true;
  }

  #arrive(chunk: Uint8Array): void {
    this.#fresh = true;
    this.#queue.push(chunk);
    if (this.#busy) this.#stream.pause();
    else void this.#carry();
  }

  async #carry(): Promise<void> {
    this.#busy = true;
    try {
      for (let chunk = this.#queue.shift(); chunk !== undefined; chunk = this.#queue.shift()) {
        const delivered = this.#deliver(chunk);
        if (delivered === undefined) continue;
        this.#stream.pause();
        await delivered;
      }
    } catch (error) {
      this.#giveUp();
      this.#failed(error);
    }
    this.#busy = false;
    if (this.#ended) this.#settle();
    else this.#stream.resume();
  }

  #end(): void {
    this.#ended = true;
    if (!this.#busy) this.#settle();
  }

  #giveUp(): void {
    this.#ended = true;
    this.#queue = [];
    this.#stream.destroy();
    this.#settle();
  }

  #settle(): void {
    clearInterval(this.#ticking);
    this.#done.resolve();
  }
}
