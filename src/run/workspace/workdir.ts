import { realpathSync, statSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { relativeInside } from '../../util/paths.ts';

/** A folder of the workspace, symlinks resolved, or what is wrong with it. `root` is absolute and real. */
export function findFolder(root: string, written: string): { readonly path: string } | { readonly fault: string } {
  try {
    const path = realpathSync(resolve(root, written));
    if (relativeInside(root, path) === undefined)
      return { fault: `the working directory "${written}" lies outside the repository` };
    return statSync(path).isDirectory() ? { path } : { fault: `the working directory "${written}" is not a directory` };
  } catch {
    return { fault: `the working directory "${written}" does not exist` };
  }
}

/** The same in a copy of listed files that is not made yet. Its root stands for a folder that is there. */
export function findSealedFolder(
  files: readonly { readonly path: string }[],
  written: string,
): { readonly path: string } | { readonly fault: string } {
  const folder = posix.join('/', written);
  const isThere =
    folder === '/' || files.some(({ path }) => posix.join('/', path).startsWith(`${folder.replace(/\/$/, '')}/`));
  return isThere
    ? { path: '/' }
    : { fault: `the working directory "${written}" holds none of the files that the tool lists` };
}
