import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Names the folder that fresh-build.ts makes, once for all tests. */
export const SHARED_CODE = 'LOCKSTEP_TEST_CODE';

/** Gives the caches of a home the compiled code of all other homes (bin/lockstep.js), which each would make anew for itself. */
export function shareCode(caches: string): void {
  const shared = process.env[SHARED_CODE];
  if (shared === undefined) return;
  mkdirSync(join(caches, 'lockstep'), { recursive: true });
  symlinkSync(shared, join(caches, 'lockstep', `code-${process.version}-${process.arch}`));
}
