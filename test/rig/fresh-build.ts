import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { bundle } from '../../scripts/build.ts';
import { SHARED_CODE } from './shared-code.ts';

const root = join(import.meta.dirname, '../..');

/**
 * vitest's global setup: the tests that spawn `lockstep` run dist/, so it must not be older than its sources. What they start
 * most often starts fast. Returns what is done at the end.
 */
export async function setup(): Promise<() => void> {
  const sources = globSync(['src/**/*.ts', 'src/**/*.js', 'schemas/*.json', 'scripts/build.ts'], { cwd: root });
  const newest = Math.max(...sources.map(changed));
  if (newest > changed('dist/bin.cjs')) await bundle();
  const code = mkdtempSync(join(tmpdir(), 'lockstep-code-'));
  process.env[SHARED_CODE] = code;
  process.env.PATH = [pythonFolder(), process.env.PATH].filter((one) => one !== undefined).join(delimiter);
  return () => rmSync(code, { recursive: true, force: true });
}

/** Where Python itself lies: in its place a version manager may have put a script that takes ten times as long to start. */
function pythonFolder(): string | undefined {
  try {
    const print = ['-c', 'import sys; print(sys.executable, end="")'];
    return dirname(execFileSync('python3', print, { encoding: 'utf8' }));
  } catch {
    return undefined;
  }
}

function changed(file: string): number {
  return statSync(join(root, file), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
