import { join, relative, sep } from 'node:path';
import { watch as watchFiles } from 'chokidar';
import { LockstepError, limitOf, systemCode, systemReason } from '../../errors.ts';
import { isRecord } from '../../util/guards.ts';

/** Changes within this time are reported together. */
const DEBOUNCE_MS = 80;

export interface Watcher {
  /** From now on changes below these names count too. */
  want(names: readonly string[]): void;
  close(): Promise<void>;
}

/** Receives the changes. */
export interface TreeListener {
  changed(): void;
  /** Called when later changes would be missed, with the reason. */
  failed(reason: LockstepError): void;
  /** Called at once for each change. */
  touched?(): void;
}

/**
 * Calls `changed` after anything below these top-level names of the root has changed, once for changes that happen
 * together. Resolves when watching has begun: later changes are seen.
 * @param names files and folders directly below the root, which need not exist yet
 * @throws LockstepError `system/limit`
 */
export async function watchTree(root: string, names: readonly string[], listener: TreeListener): Promise<Watcher> {
  const wanted = new Set(names);
  const watcher = watchFiles(root, {
    // A file that `want` finds counts as a change: it may have changed after the caller looked and before it is
    // watched.
    ignoreInitial: false,
    followSymlinks: false,
    // The root itself is watched, so that a folder that is made later is seen; only wanted names of it count.
    ignored: (path) => isIgnored(relative(root, path).split(sep), wanted),
  });
  const limited = Promise.withResolvers<never>();
  watcher.on('error', (error) => {
    const fault = limitFault(error);
    // `check` reports what cannot be read.
    if (fault === undefined) return;
    limited.reject(fault);
    listener.failed(fault);
  });
  try {
    await Promise.race([new Promise<void>((resolve) => watcher.once('ready', resolve)), limited.promise]);
  } catch (error) {
    await watcher.close();
    throw error;
  }
  let timer: NodeJS.Timeout | undefined;
  const changes = () => {
    listener.touched?.();
    clearTimeout(timer);
    timer = setTimeout(() => listener.changed(), DEBOUNCE_MS);
  };
  watcher.on('all', changes);
  // Runs before chokidar has examined the change, and before it knows whether the change counts.
  watcher.on('raw', (_, name, details) => {
    const path = relative(root, join(watchedPath(details), name ?? '')).split(sep);
    if (path[0] !== '' && !isIgnored(path, wanted)) changes();
  });
  return {
    want: (more) => {
      const fresh = more.filter((name) => !wanted.has(name));
      for (const name of fresh) wanted.add(name);
      // They were ignored when the root was listed; the root's own watch sees a name that does not exist yet.
      watcher.add(fresh.map((name) => join(root, name)));
    },
    close: async () => {
      clearTimeout(timer);
      await watcher.close();
    },
  };
}

/** @param path below the root, in parts */
function isIgnored([top = '', ...rest]: readonly string[], wanted: ReadonlySet<string>): boolean {
  if (top === '') return false;
  return !wanted.has(top) || rest.includes('node_modules') || (top === '.git' && rest.length > 0 && !isGitMark(rest));
}

function watchedPath(details: unknown): string {
  return isRecord(details) && typeof details.watchedPath === 'string' ? details.watchedPath : '';
}

/**
 * The system reports "no space" and "too many files" also for its limits on watching, which are not those of disks and
 * files.
 */
function limitFault(error: unknown): LockstepError | undefined {
  const code = systemCode(error) ?? '';
  const limit = { ENOSPC: 'max_user_watches', EMFILE: 'max_user_instances' }[code];
  if (limit !== undefined)
    return new LockstepError('system/limit', `no more files can be watched: fs.inotify.${limit} is reached (${code})`, [
      `sudo sysctl fs.inotify.${limit}=524288`,
      'or end other programs that watch files: editors, for example',
    ]);
  return (
    limitOf(error) && new LockstepError('system/limit', `files cannot be watched (${systemReason(error)})`, [], error)
  );
}

/** True only for those of Git's own files that change with a checkout. */
function isGitMark(path: readonly string[]): boolean {
  return path.length === 1 && (path[0] === 'HEAD' || path[0] === 'index.lock');
}
