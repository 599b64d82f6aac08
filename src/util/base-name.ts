/** The last part of a path: `/usr/bin/env` is `env`. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
