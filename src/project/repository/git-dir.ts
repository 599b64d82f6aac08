import { statSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { readText } from '../../util/read-text.ts';

/** The content of HEAD where the refs are in a table that only Git reads (reftable). */
const REFTABLE_HEAD = 'refs/heads/.invalid';

/**
 * The Git folder of the work tree that contains a folder, or undefined outside Git: the vault may belong to one part of
 * a larger repository. A linked work tree has a file that names its Git folder.
 */
export function gitFolder(root: string): string | undefined {
  const top = gitTop(root);
  if (top === undefined) return undefined;
  const path = join(top, '.git');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  const [, pointed] = /^gitdir: (.+)$/m.exec(readText(path)) ?? [];
  return pointed === undefined ? undefined : resolve(top, pointed);
}

/** The top folder of the work tree that a folder is in, or undefined outside Git. */
export function gitTop(root: string): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const stats = statSync(join(folder, '.git'), { throwIfNoEntry: false });
    if (stats?.isDirectory() || stats?.isFile()) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/** The path of a folder in its work tree, with `/` at the end; empty at the top and outside Git. */
export function pathInWorkTree(root: string): string {
  const path = relative(gitTop(root) ?? root, root);
  return path === '' ? '' : `${path.split(sep).join('/')}/`;
}

/**
 * The name of the current checkout in the vault's memory: `refs/heads/main`, `commit:HASH` without a branch, and
 * `folder:PATH` outside Git or where Git does not keep its refs in files.
 */
export function placeName(root: string): string {
  const folder = gitFolder(root);
  const head = folder === undefined ? '' : readText(join(folder, 'HEAD'));
  const [, ref] = /^ref: (refs\/\S+)$/m.exec(head) ?? [];
  if (ref !== undefined && ref !== REFTABLE_HEAD) return ref;
  const [commit] = /^[0-9a-f]{40,64}$/m.exec(head) ?? [];
  return commit === undefined ? `folder:${root}` : `commit:${commit}`;
}

/** Whether Git is changing the work tree at this moment. */
export function gitIsBusy(root: string): boolean {
  const folder = gitFolder(root);
  return folder !== undefined && statSync(join(folder, 'index.lock'), { throwIfNoEntry: false }) !== undefined;
}
