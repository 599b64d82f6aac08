import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { git } from '../../../src/project/git/git-cli.ts';
import { findRoot, findRootToBe } from '../../../src/project/repository/find-root.ts';
import { trustRoot } from '../../../src/project/repository/trusted-root.ts';
import { describeNeeding } from '../../rig/needing.ts';

const ANOTHER_USER = 54_321;
let place: string;
let env: Record<string, string>;
beforeEach(() => {
  place = realpathSync(mkdtempSync(join(tmpdir(), 'planted-')));
  env = { HOME: join(place, 'home'), PATH: '/usr/bin:/bin' };
  mkdirSync(join(place, 'shared/build'), { recursive: true });
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

const at = (path: string) => join(place, path);
const root = (from: string, directory?: string) =>
  findRoot({ cwd: at(from), env, ...(directory !== undefined && { directory: at(directory) }) });
const untrusted = (said: string) =>
  expect.objectContaining({ code: 'project/untrusted', message: expect.stringContaining(said) });
const give = (path: string) => chownSync(at(path), ANOTHER_USER, ANOTHER_USER);

test.each([0o1777, 0o777])(
  'a root that is found in a parent folder which everybody can write (%o) is refused',
  (mode) => {
    writeFileSync(at('shared/lockstep.yaml'), '');
    chmodSync(at('shared'), mode);
    const said = `the search upward from ${at('shared/build')} ended in ${at('shared')}`;
    expect(() => root('shared/build')).toThrow(untrusted(said));
    expect(() => findRootToBe({ cwd: at('shared/build'), env })).toThrow(untrusted(said));
    expect(root('shared/build', 'shared')).toBe(at('shared'));
  },
);

test('a Git folder above the root counts like the root', () => {
  mkdirSync(at('shared/.git'));
  mkdirSync(at('shared/build/tools'));
  chmodSync(at('shared'), 0o1777);
  expect(() => root('shared/build')).toThrow(untrusted(at('shared')));
});

test('the user accepts a root by name, in the state folder or by LOCKSTEP_SAFE_DIRECTORY', async () => {
  mkdirSync(at('shared/tools'));
  chmodSync(at('shared'), 0o1777);
  expect(() => root('shared/build')).toThrow(
    expect.objectContaining({
      hints: expect.arrayContaining([expect.stringContaining(`lockstep trust --root '${at('shared')}'`)]),
    }),
  );
  env.LOCKSTEP_SAFE_DIRECTORY = at('shared/build');
  expect(() => root('shared/build')).toThrow(untrusted(at('shared')));
  env.LOCKSTEP_SAFE_DIRECTORY = `${at('shared')}/`;
  expect(root('shared/build')).toBe(at('shared'));
  env.LOCKSTEP_SAFE_DIRECTORY = '';
  await trustRoot(at('shared'), env);
  expect(root('shared/build')).toBe(at('shared'));
});

const obstacle = process.getuid?.() === 0 ? '' : 'only root can give a file to another user';
describeNeeding(obstacle, 'what belongs to another user', {}, () => {
  test.each(['', '/.git', '/lockstep.yaml', '/vault', '/tools', '/agents'])('at shared%s is refused', (path) => {
    if (path !== '') mkdirSync(at(`shared${path}`));
    mkdirSync(at('shared/tools'), { recursive: true });
    give(`shared${path}`);
    const said = `${at(`shared${path}`)} belongs to the user ${ANOTHER_USER}`;
    for (const named of [undefined, 'shared']) expect(() => root('shared', named)).toThrow(untrusted(said));
  });

  test('is refused where a .git file points to it', () => {
    mkdirSync(at('elsewhere'));
    give('elsewhere');
    writeFileSync(at('shared/.git'), 'gitdir: ../elsewhere\n');
    expect(() => root('shared')).toThrow(untrusted(`${at('elsewhere')} belongs to`));
  });

  test('is used where that user called sudo, and nowhere else', () => {
    mkdirSync(at('shared/tools'));
    give('shared');
    env.SUDO_UID = String(ANOTHER_USER + 1);
    expect(() => root('shared')).toThrow(untrusted('belongs to'));
    env.SUDO_UID = String(ANOTHER_USER);
    expect(root('shared')).toBe(at('shared'));
  });

  test('is refused before Git is asked, and accepted for Git with the root', async () => {
    mkdirSync(at('shared/.git'));
    give('shared/.git');
    await expect(git(at('shared'), env, ['status'])).rejects.toThrow(untrusted(at('shared/.git')));
    await trustRoot(at('shared'), env);
    expect(await git(at('shared'), env, ['status'])).toBeNull();
  });
});
