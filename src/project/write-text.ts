import { realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { LockstepError, systemReason } from '../errors.ts';
import { createFile, makeFolders, replaceFile } from '../util/atomic-file.ts';

/** What `ls -l` shows of a file that Git checked out. */
const FILE_MODE = 0o644;

/** Puts a new text file into the repository: false when something stands there. @throws LockstepError `file/unwritable` */
export async function createText(root: string, path: string, text: string): Promise<boolean> {
  const file = join(root, path);
  try {
    await makeFolders(dirname(file), 0o755);
  } catch (error) {
    const reason = systemReason(error);
    throw new LockstepError('file/unwritable', `the folder ${dirname(path)} cannot be made (${reason})`, [
      'set the permissions right, then repeat the command',
    ]);
  }
  return createFile(file, Buffer.from(text), FILE_MODE);
}

/** Puts another text in the place of a file's; its mode stays, and so does a link to it. @throws LockstepError `file/unwritable` */
export async function replaceText(root: string, path: string, text: string): Promise<void> {
  const file = realpathSync(join(root, path));
  await replaceFile(file, Buffer.from(text), statSync(file).mode & 0o777);
}
