import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import type { Ambient } from './config.ts';
import { existingFolder, requireTrustedRoot } from './trusted-root.ts';

/**
 * Each marker takes precedence over those after it, however far up it is: many folders of a monorepo are called tools/.
 * The search for `names` stops at the folder with `within`: above the Git repository, anyone may have made
 * vault/vault.yaml.
 */
const MARKERS: readonly { readonly names: readonly string[]; readonly within?: string }[] = [
  { names: ['lockstep.yaml'] },
  { names: ['vault/vault.yaml'], within: '.git' },
  { names: ['vault', 'tools', '.git'] },
];

const ANOTHER = 'lockstep -C DIR ...';

export interface RootSearch {
  /** Where the search begins. */
  readonly cwd: string;
  /** The root itself: `-C DIR`, relative to `cwd`. */
  readonly directory?: string;
  readonly env: Ambient;
}

/**
 * The root of the repository, absolute and with symlinks resolved: `directory` itself if it is given, else the nearest
 * folder at or above `cwd` with lockstep.yaml, else the nearest with vault/vault.yaml in the same Git repository, else
 * the nearest with vault/, tools/ or .git.
 * @throws LockstepError `project/not-found`, or `project/untrusted` where another user may have made it
 */
export function findRoot(search: RootSearch): string {
  const { cwd } = search;
  if (search.directory !== undefined || markedFolder(cwd) !== undefined) return findRootToBe(search);
  throw new LockstepError('project/not-found', `no Lockstep repository at or above ${cwd}`, [
    'lockstep init',
    'lockstep -C DIR ..., where DIR holds tools/ or lockstep.yaml',
  ]);
}

/** The same for `init`, which may run in an empty folder. */
export function findRootToBe({ cwd, directory, env }: RootSearch): string {
  const found = directory === undefined ? (markedFolder(cwd) ?? cwd) : resolve(cwd, directory);
  const root = existingFolder(found, ANOTHER);
  requireTrustedRoot(root, directory === undefined ? existingFolder(cwd, ANOTHER) : root, env);
  return root;
}

function markedFolder(cwd: string): string | undefined {
  for (const { names, within } of MARKERS) {
    for (let folder = cwd; ; folder = dirname(folder)) {
      if (names.some((name) => hasEntry(join(folder, name)))) return folder;
      if (dirname(folder) === folder || (within !== undefined && hasEntry(join(folder, within)))) break;
    }
  }
  return undefined;
}

function hasEntry(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
