import { statSync } from 'node:fs';

/** Tells one folder in a root's place from another; empty where there is none. */
export function rootStamp(root: string): string {
  const stats = statSync(root, { throwIfNoEntry: false, bigint: true });
  return stats?.isDirectory() ? `${stats.dev} ${stats.ino}` : '';
}
