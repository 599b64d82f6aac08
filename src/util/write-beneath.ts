import { rmdirSync, unlinkSync } from 'node:fs';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import { createFile, replaceFile } from './atomic-file.ts';
import { type HeldFolder, holdFolder, splitPath } from './beneath.ts';

/** Writes to `file`, which messages call `shown`. */
type Write<T> = (file: string, shown: string) => Promise<T>;

/**
 * As `createFile`, below a root and through no link; makes the folders. False when the path exists.
 * @throws LockstepError `file/unwritable`
 */
export function createBeneath(root: string, path: string, bytes: Uint8Array, mode: number): Promise<boolean> {
  return inMadeFolder(root, path, (file, shown) => createFile(file, bytes, mode, shown));
}

/**
 * As `replaceFile`, below a root; replaces a link at the path instead of following it.
 * @throws LockstepError `file/unwritable`
 */
export function replaceBeneath(root: string, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  return inMadeFolder(root, path, (file, shown) => replaceFile(file, bytes, mode, shown));
}

/**
 * Removes a file below a root; removes a link itself. Does nothing where no file exists.
 * @throws LockstepError `file/unwritable`
 */
export function removeBeneath(root: string, path: string): void {
  removing(root, path, unlinkSync);
}

/** Removes a folder below a root if it is empty. False when it is not empty. @throws LockstepError `file/unwritable` */
export function removeFolderBeneath(root: string, path: string): boolean {
  return removing(root, path, rmdirSync);
}

function removing(root: string, path: string, remove: (path: string) => void): boolean {
  const { folder, name } = splitPath(path);
  try {
    const held = holdFolder(root, folder);
    try {
      remove(`${held.path}/${name}`);
    } finally {
      held.close();
    }
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return true;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw new LockstepError('file/unwritable', `${path} cannot be removed (${systemReason(error)})`, [
      `ls -ld '${root}/${path}'`,
    ]);
  }
}

async function inMadeFolder<T>(root: string, path: string, write: Write<T>): Promise<T> {
  const { folder, name } = splitPath(path);
  const held = madeFolder(root, folder);
  try {
    return await write(`${held.path}/${name}`, `${root}/${path}`);
  } finally {
    held.close();
  }
}

/** Opens a folder below the root; makes it if it is missing. @throws LockstepError `file/unwritable` */
export function madeFolder(root: string, folder: string): HeldFolder {
  try {
    return holdFolder(root, folder, true);
  } catch (error) {
    const isLink = ['ELOOP', 'ENOTDIR'].includes(systemCode(error) ?? '');
    const why = isLink ? 'a symbolic link or a file is in its way' : systemReason(error);
    const message = `the folder ${folder} cannot be made or written (${why})`;
    throw new LockstepError('file/unwritable', message, [`ls -ld '${root}/${folder}'`], error);
  }
}
