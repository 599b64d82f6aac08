import { randomBytes } from 'node:crypto';
import { promises as fs, mkdirSync, statSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LockstepError, systemCode, systemReason } from '../errors.ts';

// `fs.promises`, as in lock.ts and vault-lock.ts: importing node:fs/promises costs every start 4 ms, and most starts
// use none of it.

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOENT: 'its folder does not exist',
  ENOTDIR: 'its folder is not a folder',
  EISDIR: 'a folder is in its place',
  EIO: 'the disk failed',
};

/** The form of our temporary names, so that a lock holder who writes can remove files that a killed writer left. */
export const TEMPORARY_NAME = /^\.lockstep-[0-9a-f]{16}\.tmp$/;

/**
 * Puts `bytes` at `path` whole or not at all: an error leaves the old content untouched and no temporary file. `mode`
 * applies to a new and to a replaced file. Throws `file/unwritable`.
 * @param shown the path to show in messages
 */
export async function replaceFile(path: string, bytes: Uint8Array, mode: number, shown = path): Promise<void> {
  await throughTemporary({ path, shown }, bytes, mode, (temporary) => fs.rename(temporary, path));
}

/** As `replaceFile`, but never overwrites: false when `path` exists already. */
export async function createFile(path: string, bytes: Uint8Array, mode: number, shown = path): Promise<boolean> {
  let created = true;
  await throughTemporary({ path, shown }, bytes, mode, async (temporary) => {
    try {
      await fs.link(temporary, path);
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      created = false;
    }
    await fs.rm(temporary);
  });
  return created;
}

async function throughTemporary(
  { path, shown }: { readonly path: string; readonly shown: string },
  bytes: Uint8Array,
  mode: number,
  publish: (temporary: string) => Promise<void>,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.lockstep-${randomBytes(8).toString('hex')}.tmp`);
  try {
    await writeDurably(temporary, bytes, mode);
    await publish(temporary);
    await syncFolder(folder);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(shown, error);
  }
}

async function writeDurably(path: string, bytes: Uint8Array, mode: number): Promise<void> {
  const handle = await fs.open(path, 'wx', mode);
  try {
    await writeAll(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes all bytes. `FileHandle.write` may write fewer than requested, on a nearly full disk without an error. */
export async function writeAll(handle: Pick<FileHandle, 'write'>, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, written);
    if (bytesWritten <= 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC' });
    written += bytesWritten;
  }
}

/**
 * Syncs a folder: a file that was created, renamed or removed survives a power cut only after its folder is synced,
 * too. Windows cannot open a folder for that. Throws system errors.
 */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const NOT_A_FOLDER = Object.assign(new Error('a file is in its place'), { code: 'ENOTDIR' });

/**
 * Makes a folder and its parents so that they survive a power cut. Throws system errors. Makes them one by one: Node's
 * recursive mkdir never returns where the system reports the parent of every folder as missing, as /proc does.
 */
export async function makeFolders(path: string, mode: number): Promise<void> {
  if (await isFolder(path)) return;
  await makeFolders(dirname(path), mode);
  try {
    await fs.mkdir(path, { mode });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (!(await isFolder(path))) throw NOT_A_FOLDER;
  }
  await syncFolder(dirname(path));
}

/** Synchronous form, for folders that need not survive a power cut. Throws system errors. */
export function makeFoldersSync(path: string, mode: number): void {
  const isThere = () => dirname(path) === path || statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isThere()) return;
  makeFoldersSync(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (!isThere()) throw NOT_A_FOLDER;
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await fs.stat(path)).isDirectory();
  } catch {
    return dirname(path) === path;
  }
}

function unwritable(path: string, error: unknown): LockstepError {
  const code = systemCode(error) ?? '';
  const reason = Object.hasOwn(REASONS, code) ? `${REASONS[code]} (${code})` : systemReason(error);
  const hint = 'the old content is unchanged: free some space or fix the permissions, then repeat the command';
  return new LockstepError('file/unwritable', `${path} could not be written: ${reason}`, [hint], error);
}
