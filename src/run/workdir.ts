import { realpathSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { relativeInside } from '../util/relative-inside.ts';

/** A folder of the repository, symlinks resolved, or why it is none. `root` is absolute and real. */
export function findFolder(root: string, written: string): { readonly path: string } | { readonly fault: string } {
  try {
    const path = realpathSync(resolve(root, written));
    if (relativeInside(root, path) === undefined)
      return { fault: `the working folder "${written}" lies outside the repository` };
    return statSync(path).isDirectory() ? { path } : { fault: `the working folder "${written}" is no folder` };
  } catch {
    return { fault: `the working folder "${written}" does not exist` };
  }
}
