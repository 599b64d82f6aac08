import { join } from 'node:path';
import { makeFoldersSync } from '../../util/atomic-file.ts';
import { belongsToOthers } from '../../util/other-users.ts';
import { relativeInside } from '../../util/paths.ts';
import { realPath } from '../../util/real-path.ts';
import { type Ambient, userFoldersOf } from '../repository/config.ts';

/**
 * The folder in which sealed copies are made. Node, rake, yarn and others look for modules, settings and scripts in every
 * folder above the one that they work in. So nobody else may write above a copy: no author of the repository (TMPDIR may lie
 * in it) and no other user of the machine (/tmp and /dev/shm are open to all). The state folder is this user's alone. Where it is not,
 * or lies in the repository, the folder for temporary files has to do.
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
