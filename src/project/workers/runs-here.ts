import { appendFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { readText } from '../../util/read-text.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';

/**
 * The runs that workers of this machine have begun, or have brought to their end, in its state folder: a row that a user
 * puts back into the database does not make them run once more. Jobs expire, so older names are not needed for long.
 */
export class RunsHere {
  readonly #path: string;
  readonly #names: Set<string>;

  constructor(env: Ambient, vault: string, what: 'begun' | 'ended') {
    this.#path = join(userFoldersOf(env).state, 'worker', `${vault}.${what}`);
    this.#names = new Set(readText(this.#path).split('\n'));
  }

  has(run: string): boolean {
    // Another worker of this machine may have added it.
    return this.#names.has(run) || readText(this.#path).split('\n').includes(run);
  }

  add(run: string): void {
    if (this.#names.has(run)) return;
    this.#names.add(run);
    try {
      makeFoldersSync(dirname(this.#path), 0o700);
      appendFileSync(this.#path, `${run}\n`, { mode: 0o600 });
    } catch {
      // It is remembered by this process at least.
    }
  }
}
