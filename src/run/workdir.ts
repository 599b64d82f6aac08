import { realpathSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';

/** A folder of the repository, symlinks resolved, or why it is none. `root` is absolute and real. */
export function findFolder(root: string, written: string): { readonly path: string } | { readonly fault: string } {
  try {
    const path = realpathSync(resolve(root, written));
    const inside = relative(root, path);
    if (inside === '..' || inside.startsWith(`..${sep}`))
      return { fault: `the working folder "${written}" lies outside the repository` };
    return statSync(path).isDirectory() ? { path } : { fault: `the working folder "${written}" is no folder` };
  } catch {
    return { fault: `the working folder "${written}" does not exist` };
  }
}
