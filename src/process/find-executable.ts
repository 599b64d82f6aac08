import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, resolve } from 'node:path';

const EXTENSIONS = process.platform === 'win32' ? ['.exe', '.cmd', '.bat', '.com', ''] : [''];

/**
 * The file that starting `name` would run, as execvp finds it: a name with a slash is relative to `cwd`, any other is
 * looked up in `pathVariable`, whose empty and relative entries mean `cwd`. Null when not found. Called by preflight.
 */
export function findExecutable(name: string, pathVariable: string, cwd: string): string | null {
  if (name === '' || name.includes('\0')) return null;
  const folders = name.includes('/') ? [''] : pathVariable.split(delimiter);
  for (const folder of folders) {
    for (const extension of EXTENSIONS) {
      const file = resolve(cwd, folder, name + extension);
      if (isExecutableFile(file)) return file;
    }
  }
  return null;
}

/** Most folders on a search path lack the file, and an exception for each costs more than the look-up itself. */
function isExecutableFile(file: string): boolean {
  try {
    if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return false;
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
