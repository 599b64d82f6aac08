import { isAbsolute, relative, sep } from 'node:path';

/**
 * A path relative to a folder, with `/`: '' for the folder itself, undefined for a path outside it. Both are absolute;
 * symlinks are not followed.
 */
export function relativeInside(folder: string, path: string): string | undefined {
  const inside = relative(folder, path);
  if (inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) return undefined;
  return inside.split(sep).join('/');
}

/** The last part of a path: `/usr/bin/env` is `env`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
