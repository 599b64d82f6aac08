import { resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { statBeneath } from '../../util/beneath.ts';
import { relativeInside } from '../../util/paths.ts';

/**
 * A path that the user names, relative to the root with `/`; '' is the root itself. It does not have to exist.
 * @param hint the command to suggest instead
 * @throws LockstepError `usage/invalid` where it is outside the root
 */
export function plannedPath(root: string, path: string, cwd: string, hint: string): string {
  const inside = relativeInside(root, resolve(cwd, path));
  if (inside !== undefined) return inside;
  throw new LockstepError('usage/invalid', `${path} lies outside the repository at ${root}`, [hint]);
}

/**
 * The same for an existing file or folder.
 * @throws LockstepError `usage/invalid` where it is missing or outside the root
 */
export function pathInside(root: string, path: string, cwd: string): string {
  const inside = plannedPath(root, path, cwd, 'lockstep -C DIR check');
  if (inside !== '' && statBeneath(root, inside) === undefined)
    throw new LockstepError('usage/invalid', `"${path}" does not exist`, ['lockstep check']);
  return inside;
}

/** Whether a path of the repository equals one of `within`, or is below one of them. */
export function isWithin(path: string, within: readonly string[]): boolean {
  return within.some((one) => one === '' || one === path || path.startsWith(`${one}/`));
}
