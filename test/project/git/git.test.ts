import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { git as askGit } from '../../../src/project/git/git-cli.ts';
import { gitFolder, gitIsBusy, placeName } from '../../../src/project/repository/git-dir.ts';
import { Workshop } from '../../rig/workshop.ts';

let workshop: Workshop;
beforeEach(() => {
  workshop = new Workshop();
});
afterEach(() => workshop[Symbol.dispose]());

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  execFileSync('git', [...identity, ...args], { cwd: workshop.root, env: workshop.env, stdio: 'ignore' });
}

describe('the checked-out ref', () => {
  test('is the folder outside Git', () => {
    expect(placeName(workshop.root)).toBe(`folder:${workshop.root}`);
    expect(gitFolder(workshop.root)).toBeUndefined();
    expect(gitIsBusy(workshop.root)).toBe(false);
  });

  test('is a branch, also before its first commit, or a commit', () => {
    git('init', '-q', '--initial-branch=main');
    expect(placeName(workshop.root)).toBe('refs/heads/main');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    git('checkout', '-q', '-b', 'feature/of-mine');
    expect(placeName(workshop.root)).toBe('refs/heads/feature/of-mine');
    git('checkout', '-q', '--detach');
    expect(placeName(workshop.root)).toMatch(/^commit:[0-9a-f]{40}$/);
  });

  test('of a linked work tree is its own', () => {
    git('init', '-q', '--initial-branch=main');
    git('commit', '-q', '--allow-empty', '-m', 'first');
    git('worktree', 'add', '-q', '-b', 'other', '../linked');
    const linked = join(workshop.place, 'linked');
    expect(placeName(linked)).toBe('refs/heads/other');
    expect(gitIsBusy(linked)).toBe(false);
    writeFileSync(join(gitFolder(linked) ?? '', 'index.lock'), '');
    expect([gitIsBusy(linked), gitIsBusy(workshop.root)]).toEqual([true, false]);
  });
});

test('Git is busy while it holds the lock of its index', () => {
  git('init', '-q');
  expect(gitIsBusy(workshop.root)).toBe(false);
  writeFileSync(join(workshop.root, '.git/index.lock'), '');
  expect(gitIsBusy(workshop.root)).toBe(true);
  rmSync(join(workshop.root, '.git/index.lock'));
  expect(gitIsBusy(workshop.root)).toBe(false);
});

test('what only looks like Git is taken for what it is', () => {
  mkdirSync(join(workshop.root, '.git'));
  expect(placeName(workshop.root)).toBe(`folder:${workshop.root}`);
  rmSync(join(workshop.root, '.git'), { recursive: true });
  writeFileSync(join(workshop.root, '.git'), 'nonsense');
  expect(placeName(workshop.root)).toBe(`folder:${workshop.root}`);
});

describe('a folder of the checkout that looks like a bare repository', () => {
  /** Its configuration names programs for all that Git may be asked. */
  const config = (program: string) => `[core]
	repositoryformatversion = 0
	bare = false
	worktree = ..
	fsmonitor = ${program}
	sshCommand = ${program}
	pager = ${program}
	hooksPath = hooks
	attributesFile = attributes
[diff]
	external = ${program}
[diff "all"]
	textconv = ${program}
[filter "all"]
	clean = ${program}
	smudge = ${program}
[credential]
	helper = ${program}
[protocol]
	allow = always
`;

  test.each([
    ['log', '-n1', '--format=%H'],
    ['diff', 'HEAD', '--', '.'],
    ['ls-files'],
    ['config', '--get', 'core.fsmonitor'],
  ])('does not come from git %s, and starts no program that Git configures', async (...args) => {
    git('init', '-q', '--initial-branch=main');
    workshop.write('infra/tools/a.yaml', 'steps: []');
    git('add', '-A');
    git('commit', '-q', '-m', 'first');
    const infra = join(workshop.root, 'infra');
    const program = join(workshop.root, 'program.sh');
    writeFileSync(program, `#!/bin/sh\n: > ${workshop.mark('ran')}\n`, { mode: 0o755 });
    for (const name of ['HEAD', 'objects', 'refs', 'index'])
      cpSync(join(workshop.root, '.git', name), join(infra, name), { recursive: true });
    writeFileSync(join(infra, 'config'), config(program));
    writeFileSync(join(infra, 'attributes'), '* diff=all filter=all\n');
    writeFileSync(join(infra, 'tools/a.yaml'), 'changed');
    await askGit(infra, workshop.env, args);
    expect(workshop.marked('ran')).toBe(false);
  });
});
