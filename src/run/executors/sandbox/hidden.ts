import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LockstepError } from '../../../errors.ts';
import { relativeInside } from '../../../util/paths.ts';
import { readText } from '../../../util/read-text.ts';

/**
 * The paths that a sandbox never shows, and the facts about the machine that decide how it shows the rest; read once
 * per run.
 */
export class Hidden {
  /** Every path that leads to a hidden place. */
  readonly #paths: readonly string[];
  /** The paths of the open sockets that have an absolute name. */
  readonly #sockets: readonly string[];
  /** The names of the open sockets with a name relative to a working directory, which the kernel does not report. */
  readonly #relative: ReadonlySet<string>;

  /** @param places files and folders, absolute; links in them are resolved, and they need not exist */
  constructor(places: readonly string[]) {
    const mounts = readMounts();
    this.#paths = [...new Set(places.flatMap((place) => whereItLies(place, mounts)))];
    // An abstract name begins with @.
    const sockets = readText('/proc/net/unix').matchAll(/^\S+: (?:\S+ +){6}([^@].*)$/gm);
    const names = [...sockets].map(([, name = '']) => name);
    const isThere = (path: string) => path.startsWith('/') && existsSync(path);
    // A socket named through a link, such as /var/run/x.sock, is really in /run.
    this.#sockets = [...new Set(names.filter(isThere).map((path) => realpathSync(path)))];
    this.#relative = new Set(names.filter((name) => !name.startsWith('/')).map((name) => basename(name)));
  }

  /** Whether a path is hidden, or contains a hidden path. */
  touches(path: string): boolean {
    return this.#paths.some((hidden) => isWithin(hidden, path));
  }

  /** Whether a path is hidden, or is in a hidden folder. */
  covers(path: string): boolean {
    return this.#paths.some((hidden) => isWithin(path, hidden));
  }

  /**
   * bubblewrap's arguments that show a file or folder without its hidden parts. Mounts do not cover hidden files,
   * because a cover disappears when the file below is replaced outside (`mv new identity.txt`). Instead, a folder
   * that holds a hidden file is created empty, and its other entries are bound one by one.
   * @param from its path, links resolved
   * @param to the path that the step sees
   */
  show(from: string, to: string, bind = '--ro-bind'): string[] {
    if (this.#paths.includes(from)) return [];
    if (!this.touches(from)) return [bind, from, to, ...this.#coverSockets(from, to)];
    const entries = readdirSync(from, { withFileTypes: true }).flatMap((entry) => {
      const [inner, outer] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isSymbolicLink()) return ['--symlink', readlinkSync(inner), outer];
      return entry.isDirectory() || entry.isFile() ? this.show(inner, outer, '--ro-bind-try') : [];
    });
    return ['--perms', '0755', '--tmpfs', to, ...entries, '--remount-ro', to];
  }

  /**
   * Covers sockets, because a program can connect to a socket on a read-only mount. A socket that is created later is
   * not covered.
   */
  #coverSockets(from: string, to: string): string[] {
    const within = this.#sockets.filter((path) => path !== from && isWithin(path, from));
    return within.flatMap((path) => ['--ro-bind', '/dev/null', join(to, path.slice(from.length))]);
  }

  /**
   * Covers sockets with relative names in a folder of people's files, such as those of overmind and mysqld. Searches
   * for their last names, and only while sockets with relative names are open.
   * @param from a folder that is already shown as `to`
   */
  coverRelativeSockets(from: string, to: string): string[] {
    if (this.#relative.size === 0 || !statSync(from).isDirectory() || this.#paths.includes(from)) return [];
    const isOpen = this.touches(from);
    return readdirSync(from, { withFileTypes: true }).flatMap((entry) => {
      const [inner, outer] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) return this.coverRelativeSockets(inner, outer);
      // A folder with a hidden file was created empty, without any socket.
      return entry.isSocket() && !isOpen && this.#relative.has(entry.name) ? ['--ro-bind', '/dev/null', outer] : [];
    });
  }
}

/** Whether a path is in a folder; both are absolute. */
export function isWithin(path: string, folder: string): boolean {
  return relativeInside(folder, path) !== undefined;
}

interface Mount {
  readonly device: string;
  readonly root: string;
  readonly at: string;
}

/**
 * The path as given, its real path, and every other mount of the same place. For a missing path, the nearest existing
 * folder decides.
 */
function whereItLies(path: string, mounts: readonly Mount[]): string[] {
  let [known, rest] = [resolve(path), ''];
  while (!existsSync(known)) [known, rest] = [dirname(known), join(basename(known), rest)];
  const real = withoutEndSlash(join(realpathSync(known), rest));
  const stats = statSync(real, { throwIfNoEntry: false });
  if (stats?.isFile() && stats.nlink > 1)
    throw new LockstepError(
      'state/unusable',
      `${path} has a second name (a hard link), by which a step could read it`,
      [`cp '${path}' '${path}.new' && mv '${path}.new' '${path}'`],
    );
  return [resolve(path), real, ...otherMounts(real, mounts)];
}

function otherMounts(path: string, mounts: readonly Mount[]): string[] {
  const above = mounts.filter(({ at }) => isWithin(path, at));
  const own = above.reduce<Mount | undefined>(
    (best, one) => (best === undefined || one.at.length >= best.at.length ? one : best),
    undefined,
  );
  if (own === undefined) return [];
  const below = join(own.root, path.slice(own.at === '/' ? 0 : own.at.length));
  return mounts
    .filter(({ device, root }) => device === own.device && isWithin(below, root))
    .map(({ root, at }) => withoutEndSlash(join(at, below.slice(root.length))));
}

function readMounts(): readonly Mount[] {
  const lines = readText('/proc/self/mountinfo').matchAll(/^\S+ \S+ (\S+) (\S+) (\S+) /gm);
  return [...lines].map(([, device = '', root = '', at = '']) => ({ device, root: plain(root), at: plain(at) }));
}

/** The kernel writes a space as \040. */
function plain(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

function withoutEndSlash(path: string): string {
  return path.replace(/(.)\/$/, '$1');
}

/** Shows a part of the system by its usual name. A link stays a link: /bin -> usr/bin. */
export function showSystem(path: string, hidden: Hidden): string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (stats.isSymbolicLink()) {
    const target = readlinkSync(path);
    if (resolve(dirname(path), target).startsWith('/usr/')) return ['--symlink', target, path];
    if (!existsSync(path)) return [];
  }
  return hidden.show(realpathSync(path), path);
}
