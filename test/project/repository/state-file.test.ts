import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StateFile } from '../../../src/project/repository/state-file.ts';

let state: string;
let path: string;
let counts: StateFile<readonly number[]>;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'lockstep-state-'));
  path = join(state, 'counts', 'one.json');
  counts = open();
});
afterEach(() => rmSync(state, { recursive: true }));

function open(): StateFile<readonly number[]> {
  return new StateFile(path, {
    empty: [],
    parse: (json) => (Array.isArray(json) ? json : null),
    afterRemoval: 'count again',
  });
}

test('changes at the same time are all kept, in a file that only this user reads', async () => {
  const numbers = Array.from({ length: 20 }, (_, index) => index);
  await Promise.all(numbers.map((number) => open().change((known) => [...known, number])));
  expect([...counts.read()].sort((one, other) => one - other)).toEqual(numbers);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('what changes nothing writes nothing', async () => {
  await counts.change(() => [1]);
  const before = statSync(path).ino;
  expect(await counts.change(() => null)).toBe(false);
  expect(statSync(path).ino).toBe(before);
});

test.for(['{', 'null', '{}'])('a damaged file stays as it is: %s', async (content) => {
  await counts.change(() => [1]);
  writeFileSync(path, content);
  const damaged = { code: 'state/unusable', message: `${path} is damaged`, hints: [`rm '${path}', then count again`] };
  expect(() => counts.read()).toThrow(expect.objectContaining(damaged));
  await expect(counts.change(() => [2])).rejects.toMatchObject(damaged);
  expect(readFileSync(path, 'utf8')).toBe(content);
});
