import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { buildIfStale } from '../../scripts/build.ts';
import { SHARED_CODE } from './shared-code.ts';

/**
 * vitest's global setup: the tests that spawn `lockstep` run dist/, so it must not be older than its sources. What they start
 * most often starts fast. Returns what is done at the end.
 */
export async function setup(): Promise<() => void> {
  await buildIfStale();
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
