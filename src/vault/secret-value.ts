import { inspect } from 'node:util';
import { InternalError } from '../errors.ts';

/*
 * The invariants of the path of a secret. A test checks each one:
 * 1. `reveal()` is called in a short list of files, and the structure test checks the list.
 * 2. Plan, Event, Journal, Report, MCP and HTTP replies hold secret NAMES only.
 * 3. Redaction happens before an Event exists, never in a renderer.
 * 4. A child's environment starts empty: a fixed allow-list, then the declared variables. Identity variables never
 * pass.
 * 5. No vendor's process-error object leaves `process/` (such errors carry the command line and the output).
 * 6. Values travel by environment, file or stdin; never in argv, in a message, or in the durable engine's rows.
 * 7. The runner never writes its own `process.env`.
 */

const HIDDEN = '***';

/** An opened value. Only `reveal` returns it; printing it in any other way shows `***`. */
export class SecretValue {
  readonly #bytes: Uint8Array;
  #disposed = false;

  /** Takes ownership of the bytes: the caller must not use them any more. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** In bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Returns the bytes themselves, not a copy, so that `dispose` reaches them. */
  reveal(): Uint8Array {
    if (this.#disposed) throw new InternalError('a secret value was revealed after it had been disposed of');
    return this.#bytes;
  }

  /** Overwrites the bytes. Strings made of them cannot be wiped. */
  dispose(): void {
    this.#bytes.fill(0);
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}
