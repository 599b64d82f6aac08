import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findRoot, findRootToBe } from '../../../src/project/repository/find-root.ts';

let place: string;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'root-')));
  mkdirSync(join(place, 'a/b/c'), { recursive: true });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const mark = (path: string) => mkdirSync(join(place, path), { recursive: true });
const settings = (folder: string) => writeFileSync(join(place, folder, 'lockstep.yaml'), '');
const search = (from: string, directory?: string) => ({
  cwd: join(place, from),
  env: { HOME: join(place, 'home') },
  ...(directory !== undefined && { directory }),
});
const found = (from = 'a/b/c', directory?: string) => findRoot(search(from, directory)).slice(place.length + 1);

describe('findRoot', () => {
  test.each(['vault', 'tools', '.git'])('finds the nearest folder with %s', (name) => {
    mark(`a/${name}`);
    mark(`a/b/${name}`);
    expect(found()).toBe('a/b');
    expect(found('a')).toBe('a');
  });

  test('lockstep.yaml wins over a nearer sign of a root', () => {
    mark('a/b/c/tools');
    settings('a');
    expect(found()).toBe('a');
  });

  test('a vault further up wins over tools/ in a part of the repository', () => {
    mark('a/.git');
    mark('a/vault');
    writeFileSync(join(place, 'a/vault/vault.yaml'), '');
    mark('a/b/tools');
    expect(found('a/b/tools')).toBe('a');
  });

  test('a vault above the Git repository is not its vault', () => {
    mark('vault');
    writeFileSync(join(place, 'vault/vault.yaml'), '');
    mark('a/.git');
    mark('a/b/tools');
    expect(found()).toBe('a/b');
  });

  test('the nearer of two lockstep.yaml wins', () => {
    settings('a');
    settings('a/b');
    expect(found()).toBe('a/b');
  });

  test('a named folder is used as it is, relative to the current one', () => {
    settings('a');
    expect(found('a/b', 'c')).toBe('a/b/c');
    expect(found('a/b', '..')).toBe('a');
  });

  test('symbolic links are resolved, so that paths can be compared', () => {
    settings('a');
    symlinkSync(join(place, 'a'), join(place, 'link'));
    expect(found('link/b')).toBe('a');
    expect(found('.', 'link')).toBe('a');
  });

  test.each([
    ['nothing marks a root', undefined, 'no Lockstep repository at or above'],
    ['the named folder is not there', 'nowhere', 'nowhere is not a folder that can be opened'],
  ])('says that %s', (_, directory, said) => {
    expect(() => findRoot(search('a', directory))).toThrow(
      expect.objectContaining({ code: 'project/not-found', message: expect.stringContaining(said) }),
    );
  });

  test('refuses a file in the place of the folder', () => {
    settings('a');
    expect(() => findRoot(search('.', 'a/lockstep.yaml'))).toThrow(
      expect.objectContaining({ code: 'project/not-found' }),
    );
  });
});

test('findRootToBe chooses a root where none exists yet', () => {
  expect(findRootToBe(search('a/b'))).toBe(join(place, 'a/b'));
  settings('a');
  expect(findRootToBe(search('a/b'))).toBe(join(place, 'a'));
  expect(findRootToBe(search('.', 'a/b'))).toBe(join(place, 'a/b'));
});
