import type { LockstepError } from '../../errors.ts';

/** Wakes one waiter. Rings are remembered, not counted. */
export class Bell {
  #ringing = false;
  #broken: LockstepError | undefined;
  #wake: (() => void) | undefined;
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#wake?.());
  }

  ring(): void {
    this.#ringing = true;
    this.#wake?.();
  }

  break(reason: LockstepError): void {
    this.#broken = reason;
    this.#wake?.();
  }

  /** True at the next ring, false when the signal is aborted. @throws the error that broke the bell */
  async rang(): Promise<boolean> {
    if (!this.#ringing && !this.#signal.aborted && this.#broken === undefined)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#broken !== undefined) throw this.#broken;
    this.#ringing = false;
    return !this.#signal.aborted;
  }
}
