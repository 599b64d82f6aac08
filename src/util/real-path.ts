import { realpathSync } from 'node:fs';

/** With symlinks resolved; as it is written where nothing is there. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
