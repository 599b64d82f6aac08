import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { makeFolders, replaceFile } from '../../util/atomic-file.ts';
import { withLock } from '../../util/lock.ts';
import { readText } from '../../util/read-text.ts';

/** Names a repository in the files that this machine keeps about it: 16 hex digits of its root's sha256. */
export function repositoryKey(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 16);
}

export interface StateFileOptions<T> {
  /** What a file that does not exist holds. */
  readonly empty: T;
  /** What parsed JSON says; null where the file is damaged. */
  readonly parse: (json: unknown) => T | null;
  /** What the user does once a damaged file is removed. */
  readonly afterRemoval?: string;
}

/** A JSON file of this user that several processes read and change. */
export class StateFile<T> {
  readonly #path: string;
  readonly #options: StateFileOptions<T>;

  constructor(path: string, options: StateFileOptions<T>) {
    this.#path = path;
    this.#options = options;
  }

  /** Reads the disk each time, so that a change of another process counts at once. @throws `state/unusable` */
  read(): T {
    const text = readText(this.#path);
    if (text === '') return this.#options.empty;
    const content = this.#options.parse(jsonOf(text));
    if (content !== null) return content;
    const { afterRemoval } = this.#options;
    const next = afterRemoval === undefined ? '' : `, then ${afterRemoval}`;
    throw new LockstepError('state/unusable', `${this.#path} is damaged`, [`rm '${this.#path}'${next}`]);
  }

  /** Returns whether something changed. @param change null: nothing is to be changed */
  async change(change: (content: T) => T | null): Promise<boolean> {
    await makeFolders(dirname(this.#path), 0o700);
    return withLock(`${this.#path}.lock`, {}, async () => {
      const changed = change(this.read());
      if (changed === null) return false;
      await replaceFile(this.#path, Buffer.from(`${JSON.stringify(changed, null, 2)}\n`), 0o600);
      return true;
    });
  }
}

/** Null where the text is not JSON. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
