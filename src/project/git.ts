import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The Git folder of the work tree that a folder is in, or undefined outside Git: the vault may be that of one part of a
 * larger repository. A linked work tree has a file that says where it is.
 */
export function gitFolder(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const path = join(folder, '.git');
    const stats = statSync(path, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return path;
    if (stats?.isFile()) {
      const [, pointed] = /^gitdir: (.+)$/m.exec(readText(path)) ?? [];
      return pointed === undefined ? undefined : resolve(folder, pointed);
    }
    if (dirname(folder) === folder) return undefined;
  }
}

/** `refs/heads/main`, `detached` without a branch, empty outside Git: what the vault's memory is kept by. */
export function gitRef(root: string): string {
  const folder = gitFolder(root);
  if (folder === undefined) return '';
  const [, ref] = /^ref: (\S+)$/m.exec(readText(join(folder, 'HEAD'))) ?? [];
  return ref ?? 'detached';
}

/** Whether Git is changing the work tree at this moment. */
export function gitIsBusy(root: string): boolean {
  const folder = gitFolder(root);
  return folder !== undefined && statSync(join(folder, 'index.lock'), { throwIfNoEntry: false }) !== undefined;
}

/** Empty where there is no such file. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
