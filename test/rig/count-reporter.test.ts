import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function report(env: Readonly<Record<string, string>>): { status: number | null; stdout: string } {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'test/rig/count-reporter.config.ts'];
  const { CI: _, ...ambient } = process.env;
  const { status, stdout } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    env: { ...ambient, ...env },
    encoding: 'utf8',
  });
  return { status, stdout };
}

const LINES = `skipped: test/rig/count-reporter.sample.ts: tides (there is no moon)
skipped: test/rig/count-reporter.sample.ts: seasons (there is no sun)
1 passed, 0 failed, 2 skipped
`;

test('a skipped test is counted and named with its reason', () => {
  expect(report({})).toEqual({ status: 0, stdout: LINES });
});

test('a skipped test fails the run where CI is set', () => {
  expect(report({ CI: '1' })).toEqual({ status: 1, stdout: `${LINES}CI is set, where every test has to run\n` });
});
