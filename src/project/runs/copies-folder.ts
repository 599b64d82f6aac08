import { join } from 'node:path';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { belongsToOthers } from '../../util/other-users.ts';
import { relativeInside } from '../../util/paths.ts';
import { realPath } from '../../util/real-path.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';

/**
 * The folder for sealed copies. Node, rake, yarn and others look for modules, settings and scripts in every folder
 * above their working directory. So no one else may write above a copy: no author of the repository (TMPDIR may be in
 * it) and no other user of the machine (/tmp and /dev/shm are open to all). Only this user can write the state folder.
 * If that is not so, or the folder is in the repository, the folder for temporary files is used.
 * @param temporary the machine's folder for temporary files, where it is not the repository's
 */
export function copiesFolder(root: string, env: Ambient, temporary = '/tmp'): string {
  const own = join(userFoldersOf(env).state, 'copies');
  return !belongsToOthers(own) && isMade(own) && relativeInside(root, realPath(own)) === undefined ? own : temporary;
}

function isMade(folder: string): boolean {
  try {
    makeFoldersSync(folder, 0o700);
    return true;
  } catch {
    return false;
  }
}
