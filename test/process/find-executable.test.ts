import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findExecutable } from '../../src/process/find-executable.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'find-'));
  for (const name of ['a', 'b']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'a/plain'), '');
  for (const name of ['b/plain', 'a/both', 'b/both', 'here']) writeFileSync(join(folder, name), '', { mode: 0o755 });
  mkdirSync(join(folder, 'a/directory'));
  chmodSync(join(folder, 'a/directory'), 0o755);
  symlinkSync('../b/both', join(folder, 'a/link'));
  symlinkSync('nowhere', join(folder, 'a/dangling'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['both', 'a:b', 'a/both'],
  ['both', 'b:a', 'b/both'],
  ['plain', 'a:b', 'b/plain'],
  ['link', 'a', 'a/link'],
  ['here', '', 'here'],
  ['here', 'a:', 'here'],
  ['./here', 'a', 'here'],
  ['b/plain', 'a', 'b/plain'],
])('%s in "%s" is %s', (name, pathVariable, expected) => {
  expect(findExecutable(name, pathVariable, folder)).toBe(join(folder, expected));
});

test.each([
  ['here', 'a:b'],
  ['directory', 'a'],
  ['dangling', 'a'],
  ['./plain', 'a'],
  ['a/plain', 'a'],
  ['', ''],
  ['here\0', ''],
  ['both', 'missing'],
])('%j in "%s" is not found', (name, pathVariable) => {
  expect(findExecutable(name, pathVariable, folder)).toBeNull();
});

test('an absolute name needs no PATH', () => {
  expect(findExecutable(join(folder, 'here'), '', '/')).toBe(join(folder, 'here'));
});
