import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { bundle } from '../../scripts/build.ts';

const root = join(import.meta.dirname, '../..');

/** vitest's global setup: the tests that spawn `lockstep` run dist/, so it must not be older than its sources. */
export async function setup(): Promise<void> {
  const sources = globSync(['src/**/*.ts', 'src/**/*.js', 'schemas/*.json', 'scripts/build.ts'], { cwd: root });
  const newest = Math.max(...sources.map(changed));
  if (newest > changed('dist/bin.cjs')) await bundle();
}

function changed(file: string): number {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
