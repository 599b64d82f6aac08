import { spawnSync } from 'node:child_process';
import { describe, type TestOptions, test } from 'vitest';

/**
 * A group of tests that needs something of the machine. Where that is missing the group is one skipped test, which tells
 * the reporter why.
 * @param obstacle what is missing; empty where nothing is
 */
export function describeNeeding(obstacle: string, name: string, options: TestOptions, tests: () => void): void {
  if (obstacle === '') describe(name, options, tests);
  else testNeeding(obstacle, name, () => undefined);
}

/** The same for one test. */
export function testNeeding(obstacle: string, name: string, work: () => void | Promise<void>, timeout?: number): void {
  test(name, { ...(timeout !== undefined && { timeout }) }, async ({ skip }) => {
    if (obstacle !== '') skip(obstacle);
    await work();
  });
}

/** Why no sandbox can be made here, or nothing. */
export function sandboxObstacle(): string {
  const { status } = spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']);
  return status === 0 ? '' : 'bubblewrap may not make namespaces here';
}
