import {
  type BigIntStats,
  closeSync,
  constants,
  type Dirent,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../errors.ts';

/** Why a file of a checkout was not read. */
export interface BeneathFault {
  readonly fault: 'missing' | 'link' | 'not-a-file' | 'too-large' | 'unreadable';
  /** The error code of the system. */
  readonly code: string;
}

export interface BeneathFile {
  readonly bytes: Buffer;
  /** Whether any user may execute it. */
  readonly executable: boolean;
}

/** A folder of a checkout that was reached without a link. */
export interface HeldFolder {
  /** Leads to the folder until it is closed, regardless of renames in the meantime. */
  readonly path: string;
  close(): void;
}

/** Opens without waiting for a pipe's writer and without following a link. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;
const FOLDER = constants.O_RDONLY | constants.O_DIRECTORY;
/** The user's umask restricts this mode, as with folders that Git makes. */
const FOLDER_MODE = 0o777;

/*
 * The author of a checkout must not choose which file of this machine is read or written. So every access to a
 * checkout's files goes through this file or write-beneath.ts, and no link below the root is followed. Paths are
 * relative to an absolute root, with `/`; the links in the root's own path belong to the user and are followed.
 */

/**
 * Opens a path below `root`, one folder after the other.
 * @param path plain: without `.`, `..` and empty parts
 * @throws system errors: ENOENT; ELOOP or ENOTDIR for a link; EINVAL for a path that is not plain
 */
function openBeneath(root: string, path: string, flags: number, mode?: number): number {
  return inFolderOf(root, path, (file) => openSync(file, flags | CAREFULLY, mode));
}

/** Reads a file of the checkout. */
export function readBeneath(root: string, path: string, limit: number): BeneathFile | BeneathFault {
  let descriptor: number | undefined;
  try {
    descriptor = openBeneath(root, path, constants.O_RDONLY);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { fault: 'not-a-file', code: 'EINVAL' };
    if (stats.size > limit) return { fault: 'too-large', code: 'EFBIG' };
    return { bytes: readFileSync(descriptor), executable: (stats.mode & 0o111) !== 0 };
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return { fault: openFault(root, path, code), code };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * The status of a path, without following a link; undefined where it does not exist, lies behind a link, or is not
 * accessible.
 */
export function statBeneath(root: string, path: string): BigIntStats | undefined {
  try {
    return inFolderOf(root, path, (file) => lstatSync(file, { bigint: true }));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * The statuses of files by their paths; opens each of their folders once. Omits a path that does not exist, lies behind
 * a link or is not accessible.
 */
export function statsBeneath(root: string, paths: readonly string[]): Map<string, BigIntStats> {
  const byFolder = Map.groupBy(paths, (path) => splitPath(path).folder);
  const found = new Map<string, BigIntStats>();
  for (const [folder, inside] of byFolder) {
    let held: HeldFolder | undefined;
    try {
      held = holdFolder(root, folder);
      for (const path of inside) {
        const stats = lstatSync(`${held.path}/${splitPath(path).name}`, { bigint: true, throwIfNoEntry: false });
        if (stats !== undefined) found.set(path, stats);
      }
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    } finally {
      held?.close();
    }
  }
  return found;
}

/** The entries of a folder, '' for the root. @throws system errors, as `openBeneath` does */
export function listBeneath(root: string, folder: string): Dirent[] {
  const held = holdFolder(root, folder);
  try {
    return readdirSync(held.path, { withFileTypes: true });
  } finally {
    held.close();
  }
}

/**
 * Opens a folder, '' for the root, for work in it through its `path`.
 * @param make whether to make missing folders, so that they survive a power cut
 * @throws system errors, as `openBeneath` does
 */
export function holdFolder(root: string, folder: string, make = false): HeldFolder {
  const parts = folder === '' ? [] : folder.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new NotPlain(folder);
  return process.platform === 'linux' ? holdByDescriptor(root, parts, make) : checkedFolder(root, parts, make);
}

/** Whether a part of the path below the root is a link. */
export function leadsThroughLink(root: string, path: string): boolean {
  const parts = path.split('/');
  return parts.some((_, end) => {
    const stats = lstatSync(join(root, ...parts.slice(0, end + 1)), { throwIfNoEntry: false });
    return stats?.isSymbolicLink() === true;
  });
}

/** The folder of a path and the name in it. @throws for a path that is not plain */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const end = path.lastIndexOf('/');
  const [folder, name] = [path.slice(0, Math.max(end, 0)), path.slice(end + 1)];
  if (end === 0 || name === '' || name === '.' || name === '..') throw new NotPlain(path);
  return { folder, name };
}

function inFolderOf<T>(root: string, path: string, use: (file: string) => T): T {
  const { folder, name } = splitPath(path);
  const held = holdFolder(root, folder);
  try {
    return use(`${held.path}/${name}`);
  } finally {
    held.close();
  }
}

/** Opens each folder through the descriptor of its parent, so that a rename in the meantime cannot redirect it. */
function holdByDescriptor(root: string, parts: readonly string[], make: boolean): HeldFolder {
  let folder = openSync(root, FOLDER);
  try {
    for (const part of parts) {
      const path = `/proc/self/fd/${folder}/${part}`;
      if (make && makeFolder(path)) fsyncSync(folder);
      const next = openSync(path, FOLDER | CAREFULLY);
      closeSync(folder);
      folder = next;
    }
  } catch (error) {
    closeSync(folder);
    throw error;
  }
  return { path: `/proc/self/fd/${folder}`, close: () => closeSync(folder) };
}

/** For systems that cannot open a folder by descriptor: misses a rename between the check and the use. */
function checkedFolder(root: string, parts: readonly string[], make: boolean): HeldFolder {
  let path = root;
  for (const part of parts) {
    path = join(path, part);
    if (make) makeFolder(path);
    if (lstatSync(path).isSymbolicLink()) throw new LinkOnTheWay(path);
  }
  return { path, close: () => undefined };
}

/** False when something already exists. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path, FOLDER_MODE);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false;
    throw error;
  }
}

class NotPlain extends Error {
  readonly code = 'EINVAL';
}

class LinkOnTheWay extends Error {
  readonly code = 'ELOOP';
}

/** Distinguishes a link from a file in place of a folder: the system reports ENOTDIR for both. */
function openFault(root: string, path: string, code: string): BeneathFault['fault'] {
  if (code === 'ELOOP') return 'link';
  if (code === 'ENOTDIR') return leadsThroughLink(root, path) ? 'link' : 'missing';
  return code === 'ENOENT' || code === 'EINVAL' ? 'missing' : code === 'ENXIO' ? 'not-a-file' : 'unreadable';
}
