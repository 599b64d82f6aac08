import { LockstepError } from '../../errors.ts';
import { readBeneath, statBeneath } from '../../util/beneath.ts';
import type { Ambient } from '../repository/config.ts';
import { git } from './git-cli.ts';

/** Larger files are skipped, and reported as skipped. */
const LARGEST_SCANNED = 8 * 1024 * 1024;

export interface ScanSource {
  /** Relative to the root, with `/`. */
  readonly path: string;
  /** Null when the file is too large, or has been removed meanwhile. */
  read(): Promise<Buffer | null>;
}

/** The files below the root that Git tracks or could add. */
export async function workTreeSources(root: string, env: Ambient): Promise<readonly ScanSource[]> {
  const listed = await git(root, env, [
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ]);
  return pathsIn(listed).map((path) => fileSource(root, path));
}

/** The files that the next commit would add or change. */
export async function stagedPaths(root: string, env: Ambient): Promise<readonly string[]> {
  const args = [
    'diff',
    '--cached',
    '--name-only',
    '-z',
    '--relative',
    '--no-ext-diff',
    '--no-renames',
    '--diff-filter=d',
  ];
  return pathsIn(await git(root, env, args));
}

/** The same files with the content that the next commit would have. */
export async function stagedSources(root: string, env: Ambient): Promise<readonly ScanSource[]> {
  return (await stagedPaths(root, env)).map((path) => ({
    path,
    async read() {
      const bytes = await git(root, env, ['cat-file', 'blob', `:./${path}`]);
      return bytes === null || bytes.length > LARGEST_SCANNED ? null : bytes;
    },
  }));
}

/** A file of the work tree, with its content at the time of the read. Symbolic links are not followed. */
export function fileSource(root: string, path: string): ScanSource {
  return { path, read: async () => readFile(root, path) };
}

/** Missing files, links and folders (submodules) have no content that Git would add from there. */
function readFile(root: string, path: string): Buffer | null {
  const read = readBeneath(root, path, LARGEST_SCANNED);
  if ('bytes' in read) return read.bytes;
  const isEmpty = read.fault === 'missing' || read.fault === 'link' || statBeneath(root, path)?.isDirectory() === true;
  return isEmpty ? Buffer.alloc(0) : null;
}

function pathsIn(listed: Buffer | null): readonly string[] {
  if (listed !== null)
    return listed
      .toString('utf8')
      .split('\0')
      .filter((path) => path !== '')
      .sort();
  throw new LockstepError('project/not-found', 'Git tells which files there are, and Git does not know this folder', [
    'git init',
    'name the files instead',
  ]);
}
