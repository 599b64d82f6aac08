import { accessSync, constants, lstatSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Whether another user controls where a path leads: a user other than us and root owns it or a folder above it. This is
 * the case where `sudo` keeps the caller's HOME. A path that cannot be followed counts as unknown.
 * @param path absolute
 */
export function belongsToOthers(path: string): boolean {
  if (process.getuid === undefined) return false;
  const trusted = [0, process.getuid()];
  try {
    for (let part = path; ; part = dirname(part)) {
      const owner = lstatSync(part, { throwIfNoEntry: false })?.uid;
      if (owner !== undefined && !trusted.includes(owner)) return true;
      if (dirname(part) === part) return false;
    }
  } catch {
    return true;
  }
}

/** Whether we may write to the path. */
export function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
