import { resolve } from 'node:path';
import { LockstepError } from '../../errors.ts';
import { statBeneath } from '../../util/beneath.ts';
import { relativeInside } from '../../util/paths.ts';

/**
 * A file or folder that the user names, relative to the root with `/`; '' is the root itself.
 * @throws LockstepError `usage/invalid` where there is none, or it lies elsewhere
 */
export function pathInside(root: string, path: string, cwd: string): string {
  const inside = relativeInside(root, resolve(cwd, path));
  if (inside === undefined)
    throw new LockstepError('usage/invalid', `${path} lies outside the repository at ${root}`, [
      'lockstep -C DIR check',
    ]);
  if (inside !== '' && statBeneath(root, inside) === undefined)
    throw new LockstepError('usage/invalid', `"${path}" does not exist`, ['lockstep check']);
  return inside;
}

/** Whether a path of the repository is one of these or below one of them. */
export function isWithin(path: string, within: readonly string[]): boolean {
  return within.some((one) => one === '' || one === path || path.startsWith(`${one}/`));
}
