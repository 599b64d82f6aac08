import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';

/** Why a path of a checkout was not opened or read. */
export type BeneathFault = 'missing' | 'link' | 'not-a-file' | 'too-large' | 'unreadable';

export interface BeneathFile {
  readonly bytes: Buffer;
  /** Whether anybody may execute it. */
  readonly executable: boolean;
}

/** Neither waits for a pipe's writer nor follows a link. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Opens a path below `root`, one folder after the other, and follows no link on the way: whoever may write a checkout must
 * not choose which file of this machine is read or written. Every access to a checkout's files by name goes through here.
 * @param root absolute; links in the root's own path are the user's and are followed
 * @param path relative, with `/`, without `.` and `..`
 * @throws the system's errors: ENOENT; ELOOP or ENOTDIR for a link
 */
export function openBeneath(root: string, path: string, flags: number, mode?: number): number {
  const parts = path.split('/');
  const name = parts.pop() ?? '';
  if ([...parts, name].some((part) => part === '' || part === '.' || part === '..')) throw new NotBeneath(path);
  return process.platform === 'linux'
    ? openByFolders(root, parts, (folder) => openSync(`${folder}/${name}`, flags | CAREFULLY, mode))
    : openCheckedPath(root, [...parts, name], flags, mode);
}

/** A file of the checkout, whole. */
export function readBeneath(root: string, path: string, limit: number): BeneathFile | BeneathFault {
  let descriptor: number;
  try {
    descriptor = openBeneath(root, path, constants.O_RDONLY);
  } catch (error) {
    return faultOf(root, path, systemCode(error));
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return 'not-a-file';
    if (stats.size > limit) return 'too-large';
    return { bytes: readFileSync(descriptor), executable: (stats.mode & 0o111) !== 0 };
  } catch {
    return 'unreadable';
  } finally {
    closeSync(descriptor);
  }
}

/** The path is not a plain one below a root: it comes from our own code, so this is a bug where it is thrown. */
class NotBeneath extends Error {
  readonly code = 'EINVAL';
}

/** Each folder is opened through the descriptor of the one above, so no rename meanwhile leads elsewhere. */
function openByFolders(root: string, parts: readonly string[], open: (folder: string) => number): number {
  let folder = openSync(root, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    for (const part of parts) {
      const next = openSync(`/proc/self/fd/${folder}/${part}`, constants.O_RDONLY | constants.O_DIRECTORY | CAREFULLY);
      closeSync(folder);
      folder = next;
    }
    return open(`/proc/self/fd/${folder}`);
  } finally {
    closeSync(folder);
  }
}

/** Where no folder can be opened by descriptor: a rename between the look and the opening is not noticed. */
function openCheckedPath(root: string, parts: readonly string[], flags: number, mode?: number): number {
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    if (lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) throw new LinkOnTheWay(path);
  }
  return openSync(path, flags | (constants.O_NOFOLLOW ?? 0), mode);
}

class LinkOnTheWay extends Error {
  readonly code = 'ELOOP';
}

/** ENOTDIR is said of a link in a folder's place and of a file alike. */
function faultOf(root: string, path: string, code: string | undefined): BeneathFault {
  if (code === 'ELOOP') return 'link';
  if (code === 'ENOTDIR') return leadsThroughLink(root, path) ? 'link' : 'missing';
  return code === 'ENOENT' || code === 'EINVAL' ? 'missing' : code === 'ENXIO' ? 'not-a-file' : 'unreadable';
}

/** Whether a part of the path below the root is a link. */
export function leadsThroughLink(root: string, path: string): boolean {
  const parts = path.split('/');
  return parts.some((_, end) => {
    const stats = lstatSync(join(root, ...parts.slice(0, end + 1)), { throwIfNoEntry: false });
    return stats?.isSymbolicLink() === true;
  });
}
