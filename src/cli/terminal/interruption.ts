import type { EventEmitter } from 'node:events';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** One press of Ctrl-C may arrive twice: from the terminal, and from a parent that passes it on. */
const SAME_PRESS_MS = 500;
/** The signals that a program passes on to another that it stands in for. */
const RELAYED = [...SIGNALS, 'SIGUSR1', 'SIGUSR2'] as const;

/** The part of `process` that is needed here; a test brings its own. */
export interface SignalSource extends Pick<EventEmitter, 'on' | 'off'> {
  readonly pid: number;
  kill(pid: number, signal: string): unknown;
}

/**
 * Ctrl-C once is graceful, twice is immediate, and the third one gets the system's default. Signals within half a
 * second of the first are the same press. SIGQUIT (Ctrl-\, `runs cancel --now`) is immediate.
 *
 *   idle --signal is read--> listening --1st--> `signal` aborted --2nd--> `urgent` aborted --3rd--> the process dies of it
 *
 * A command that never reads `signal` has nothing to wind down and dies at the first one, as any program does.
 * Listening does not keep the process alive.
 */
export class Interruption {
  readonly #source: SignalSource;
  readonly #graceful = new AbortController();
  readonly #urgent = new AbortController();
  readonly #now: () => number;
  #first: { readonly signal: string; readonly at: number } | undefined;
  #listening = false;
  #relayed = false;

  /** @param now milliseconds of a clock that never goes back */
  constructor(source: SignalSource, now: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** The signal that began the wind-down; undefined where none did. */
  get received(): string | undefined {
    return this.#first?.signal;
  }

  /** Aborted, with an `AbortError`, when the command should wind down. */
  get signal(): AbortSignal {
    this.#listen();
    return this.#graceful.signal;
  }

  /** Aborted when it should stop at once: no grace for children. */
  get urgent(): AbortSignal {
    this.#listen();
    return this.#urgent.signal;
  }

  /** Acts as a first Ctrl-C that arrives in another way: a question answered by ^C, a closed pipe. */
  cancel(): void {
    this.#graceful.abort();
  }

  /** Passes each signal on, unchanged, until the returned function is called. */
  relay(to: (signal: NodeJS.Signals) => void): () => void {
    this.#relayed = true;
    for (const name of RELAYED) this.#source.on(name, to);
    return () => {
      this.#relayed = false;
      for (const name of RELAYED) this.#source.off(name, to);
    };
  }

  readonly #interrupted = (signal: string): void => {
    if (this.#relayed) return;
    if (signal === 'SIGQUIT') {
      this.#first ??= { signal, at: this.#now() };
      this.#graceful.abort();
      this.#urgent.abort();
      return;
    }
    const at = this.#now();
    if (this.#first !== undefined && at - this.#first.at < SAME_PRESS_MS) return;
    this.#first ??= { signal, at };
    if (!this.#graceful.signal.aborted) this.#graceful.abort();
    else if (!this.#urgent.signal.aborted) this.#urgent.abort();
    else {
      for (const name of SIGNALS) this.#source.off(name, this.#interrupted);
      this.#source.kill(this.#source.pid, signal);
    }
  };

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    for (const name of SIGNALS) this.#source.on(name, this.#interrupted);
  }
}
