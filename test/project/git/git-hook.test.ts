import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { gitCall } from '../../../src/project/git/git-call.ts';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';

/** Git and a shell, and neither Node nor Lockstep. */
const BARE_PATH = '/usr/bin:/bin';

let repository: Repository;
beforeEach(() => {
  repository = new Repository({ 'tools/hello.yaml': 'kind: tool\nname: hello\nsteps: [{id: a, run: echo}]\n' });
  repository.env.PATH = BARE_PATH;
  git('init', '-q');
  return () => repository[Symbol.dispose]();
});

function git(...args: readonly string[]) {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  execFileSync('git', [...identity, ...args], { cwd: repository.root, env: repository.env, stdio: 'pipe' });
}

function commit(): { readonly code: number | null; readonly said: string } {
  git('add', '-A');
  const words = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '-qm', 'x', '--allow-empty'];
  const { status, stderr } = spawnSync('git', words, { cwd: repository.root, env: repository.env, encoding: 'utf8' });
  return { code: status, said: stderr };
}

/** A program that starts Lockstep, in a folder of its own. */
function starter(folder: string): string {
  mkdirSync(join(repository.place, folder), { recursive: true });
  const file = join(repository.place, folder, 'lockstep');
  writeFileSync(file, `#!/bin/sh\nexec '${process.execPath}' '${LOCKSTEP}' "$@"\n`);
  chmodSync(file, 0o755);
  return dirname(file);
}

const hookPath = () => join(repository.root, '.git/hooks/pre-commit');
const hook = () => readFileSync(hookPath(), 'utf8');

describe('the pre-commit hook', () => {
  test('calls Lockstep by its path where the name alone starts nothing', async () => {
    expect(await repository.must(['git', 'install', '--hooks'])).toContain(`${LOCKSTEP} check --staged && `);
    expect(commit()).toMatchObject({ code: 0, said: expect.stringContaining('no problems') });
    const driver = execFileSync('git', ['config', 'merge.lockstep.driver'], { cwd: repository.root, encoding: 'utf8' });
    expect(driver).toBe(`${process.execPath} ${LOCKSTEP} git merge-driver %O %A %B %P\n`);
  });

  test('calls it by name where Git finds it by name, and not where only npm does', async () => {
    const program = [process.execPath, LOCKSTEP];
    const called = (path: string) => gitCall(repository.root, { ...repository.env, PATH: path }, program);
    expect(await called(`${starter('bin')}:${BARE_PATH}`)).toEqual(['lockstep']);
    expect(await called(`${starter('project/node_modules/.bin')}:${BARE_PATH}`)).toEqual(program);
    writeFileSync(join(starter('other'), 'lockstep'), '#!/bin/sh\necho lockstep 0.0.1\n');
    expect(await called(`${join(repository.place, 'other')}:${BARE_PATH}`)).toEqual(program);
  });

  test('reports that Lockstep is missing, and what to do; the same command renews it', async () => {
    const moved = join(repository.place, 'moved');
    mkdirSync(moved);
    symlinkSync(LOCKSTEP, join(moved, 'lockstep.js'));
    await repository.node([join(moved, 'lockstep.js'), 'git', 'install', '--hooks']);
    expect(commit().code).toBe(0);
    rmSync(moved, { recursive: true });
    const { code, said } = commit();
    expect(code).toBe(1);
    expect(said).toContain(`cannot start Lockstep: ${process.execPath} ${moved}/lockstep.js is not there`);
    expect(said).toContain('git commit --no-verify');
    expect(await repository.must(['git', 'install', '--hooks'])).toContain('renewed');
    expect(commit().code).toBe(0);
  });

  test('replaces a hook of an earlier Lockstep, and no other', async () => {
    const old = '#!/bin/sh\n# Made by `lockstep git install --hooks`.\nlockstep check && lockstep scan --staged\n';
    writeFileSync(hookPath(), old);
    expect(await repository.must(['git', 'install', '--hooks'])).toContain('renewed');
    writeFileSync(hookPath(), `${hook()}make lint\n`);
    await repository.must(['git', 'install', '--hooks']);
    expect(hook()).toContain('make lint\n');
  });

  test('works in a folder below the top of the work tree', async () => {
    repository.write('a project/lockstep.yaml', '');
    await repository.must(['-C', 'a project', 'git', 'install', '--hooks']);
    repository.write('a project/tools/bad.yaml', 'kind: tool\nname: bad\n');
    expect(commit().code).toBe(1);
    rmSync(join(repository.root, 'a project/tools'), { recursive: true });
    expect(commit().code).toBe(0);
  });

  test('in a committed folder serves every machine: it calls by name, and reports where that does not work', async () => {
    git('config', 'core.hooksPath', 'hooks');
    const { code, stdout, stderr } = await repository.lockstep(['git', 'install', '--hooks']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('next: put `lockstep` on PATH')]);
    expect(stdout).toContain('before each commit: lockstep check --staged && lockstep scan --staged');
    expect(readFileSync(join(repository.root, 'hooks/pre-commit'), 'utf8')).not.toContain(LOCKSTEP);
    expect(commit().said).toContain('lockstep is not on PATH');
    repository.env.PATH = `${starter('bin')}:${BARE_PATH}`;
    expect(commit().code).toBe(0);
  });
});
