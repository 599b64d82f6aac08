import { statBeneath } from '../../util/beneath.ts';
import { createBeneath, replaceBeneath } from '../../util/write-beneath.ts';

/** What `ls -l` shows of a file that Git checked out. */
const FILE_MODE = 0o644;

/** Creates a text file in the repository; false when the path exists. @throws LockstepError `file/unwritable` */
export async function createText(root: string, path: string, text: string): Promise<boolean> {
  return createBeneath(root, path, Buffer.from(text), FILE_MODE);
}

/** Replaces the text of a file; its mode stays. @throws LockstepError `file/unwritable` */
export async function replaceText(root: string, path: string, text: string): Promise<void> {
  const present = statBeneath(root, path);
  const mode = present?.isFile() === true ? Number(present.mode) & 0o777 : FILE_MODE;
  await replaceBeneath(root, path, Buffer.from(text), mode);
}
