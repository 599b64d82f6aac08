import { rmdirSync, unlinkSync } from 'node:fs';
import { LockstepError, systemCode, systemReason } from '../errors.ts';
import { createFile, replaceFile } from './atomic-file.ts';
import { type HeldFolder, holdFolder, splitPath } from './beneath.ts';

/** Where a file is written, and what it is called before people. */
type Write<T> = (file: string, shown: string) => Promise<T>;

/** As `createFile`, below a root and through no link; makes the folders. False when something is there. @throws LockstepError `file/unwritable` */
export function createBeneath(root: string, path: string, bytes: Uint8Array, mode: number): Promise<boolean> {
  return inMadeFolder(root, path, (file, shown) => createFile(file, bytes, mode, shown));
}

/** As `replaceFile`, below a root; a link at the path is replaced and not followed. @throws LockstepError `file/unwritable` */
export function replaceBeneath(root: string, path: string, bytes: Uint8Array, mode: number): Promise<void> {
  return inMadeFolder(root, path, (file, shown) => replaceFile(file, bytes, mode, shown));
}

/** Removes a file below a root, a link as itself. Nothing happens where there is none. @throws LockstepError `file/unwritable` */
export function removeBeneath(root: string, path: string): void {
  removing(root, path, unlinkSync);
}

/** Removes a folder below a root if it is empty. False where it holds something. @throws LockstepError `file/unwritable` */
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

/** A folder below the root, made where it is missing. @throws LockstepError `file/unwritable` */
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
