import { isAbsolute, relative, sep } from 'node:path';

/** A path seen from a folder, with `/`: '' for the folder itself, undefined where it lies elsewhere. Both are absolute; symlinks are not followed. */
export function relativeInside(folder: string, path: string): string | undefined {
  const inside = relative(folder, path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
  return inside.split(sep).join('/');
}
