import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const DIST = join(import.meta.dirname, '../../dist');
/** What a plain `run` loads: scripts/build.ts. */
const PLAIN = /^(?:bin|index|start-[\w-]{8}|work-[\w-]{8})\.cjs$/;
const OF_A_DATABASE = /require\(["'`](?:pg|@dbos-inc\/[^"'`]*)["'`]\)|lockstep_dbos/;

test('a run on this machine loads nothing of the engine of a database', () => {
  const chunks = globSync('*.cjs', { cwd: DIST });
  const withDatabase = chunks.filter((name) => OF_A_DATABASE.test(readFileSync(join(DIST, name), 'utf8')));
  expect(withDatabase.length).toBeGreaterThan(1);
  expect(chunks.filter((name) => PLAIN.test(name)).length).toBeGreaterThan(3);
  expect(withDatabase.filter((name) => PLAIN.test(name))).toEqual([]);
});
