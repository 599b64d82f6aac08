import type { Snapshot } from '../repository/snapshot.ts';
import { watchedNames } from '../watching/watched-names.ts';
import { type TreeListener, type Watcher, watchTree } from '../watching/watcher.ts';
import { rootStamp } from './root-stamp.ts';

/** Between two looks at whether the root is still the folder that is watched. */
const ROOT_LOOK_MS = 500;

/** Watches all that a repository is read from, also after its root was removed and made again. */
export class RepositoryWatch {
  readonly #root: string;
  readonly #listener: TreeListener;
  readonly #looking: NodeJS.Timeout;
  #names: readonly string[];
  /** The stamp of the folder that is watched. */
  #stamp: string;
  #watcher: Watcher | undefined;
  #isClosed = false;

  private constructor(root: string, names: readonly string[], listener: TreeListener) {
    this.#root = root;
    this.#names = names;
    this.#listener = listener;
    this.#stamp = rootStamp(root);
    this.#looking = setInterval(() => this.#lookAtRoot(), ROOT_LOOK_MS).unref();
  }

  /** @throws LockstepError `system/limit` */
  static async start(root: string, snapshot: Snapshot, listener: TreeListener): Promise<RepositoryWatch> {
    const watch = new RepositoryWatch(root, watchedNames(snapshot), listener);
    await watch.#watch();
    return watch;
  }

  /** From now on the folders of this snapshot count. */
  follow(snapshot: Snapshot): void {
    this.#names = watchedNames(snapshot);
    this.#watcher?.want(this.#names);
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#looking);
    void this.#watcher?.close();
  }

  async #watch(): Promise<void> {
    this.#watcher = await watchTree(this.#root, this.#names, this.#listener);
    if (this.#isClosed) await this.#watcher.close();
  }

  /** A root that was removed and made again is another folder, which nobody watches. */
  #lookAtRoot(): void {
    const stamp = rootStamp(this.#root);
    if (stamp === this.#stamp || stamp === '') return;
    this.#stamp = stamp;
    void (async () => {
      await this.#watcher?.close();
      await this.#watch();
      this.#listener.touched?.();
      this.#listener.changed();
    })().catch(() => undefined);
  }
}
