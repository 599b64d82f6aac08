import type { SealedFile } from '../../run/workspace/workspace.ts';
import type { Ambient } from '../repository/config.ts';
import { git } from './git-cli.ts';

const FILE = /^(100644|100755) blob ([0-9a-f]{40,64})\t(.+)$/s;
const LF = 0x0a;

/**
 * The regular files below some paths as a commit has them, byte for byte: filters and attributes of the repository are
 * not applied. Null when Git cannot read them, or they have more than 16 MiB together.
 */
export async function committedFiles(
  root: string,
  env: Ambient,
  commit: string,
  paths: readonly string[],
): Promise<readonly SealedFile[] | null> {
  const listed = await git(root, env, ['ls-tree', '-r', '-z', commit, '--', ...paths]);
  if (listed === null) return null;
  const files = listed
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [, mode, id = '', path = ''] = FILE.exec(line) ?? [];
      return mode === undefined ? [] : [{ id, path, executable: mode === '100755' }];
    });
  const blobs = await git(root, env, ['cat-file', '--batch'], Buffer.from(files.map(({ id }) => `${id}\n`).join('')));
  if (blobs === null) return null;
  let at = 0;
  return files.map(({ path, executable }) => {
    const start = blobs.indexOf(LF, at) + 1;
    const size = Number(blobs.toString('latin1', at, start).split(' ')[2]);
    at = start + size + 1;
    return { path, executable, bytes: blobs.subarray(start, start + size) };
  });
}
