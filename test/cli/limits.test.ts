import { execFileSync, spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit-code.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';

/** Real limits of the system, in children that have little: nothing of this machine is changed. */
let repository: Repository;

beforeAll(async () => {
  repository = new Repository({
    'tools/a.yaml': 'kind: tool\nname: a\ndescription: d\nsecrets: [KEY]\nsteps: [{id: s, run: echo "$KEY"}]\n',
  });
  execFileSync('git', ['init', '--quiet', repository.root]);
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'KEY', '--allow', 'tool:a'], 'value-of-key');
});
afterAll(() => repository[Symbol.dispose]());

interface Limited {
  readonly code: number | null;
  readonly said: string;
}

/** @param shell what it does before it becomes the program */
function limited(shell: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Limited {
  const { status, stdout, stderr } = spawnSync(
    'sh',
    ['-c', `${shell}; exec "$@"`, 'sh', process.execPath, LOCKSTEP, ...words],
    { cwd: repository.root, env: { ...repository.env, ...env }, encoding: 'utf8' },
  );
  return { code: status, said: stdout + stderr };
}

const LONG = 'x'.repeat(300);

describe('a limit of the system is named, with how to raise it', () => {
  test.each([[['run', 'a']], [['scan']], [['secret', 'list']], [['check']]])(
    'open files: %j',
    { timeout: 120_000 },
    (words) => {
      // Below some number Node itself cannot start, and above another all is well.
      const tries = Array.from({ length: 14 }, (_, more) => limited(`ulimit -n ${20 + more}`, words));
      for (const { code, said } of tries) {
        expect(said).not.toMatch(/a bug in Lockstep|does not know this folder/);
        if (code === EXIT.failed || code === EXIT.world) expect(said).toMatch(/EMFILE|Node\.js v/);
      }
      const ours = tries.filter(({ said }) => said.includes('this process cannot open more files, EMFILE'));
      expect(ours).not.toHaveLength(0);
      for (const { said } of ours) expect(said).toContain('ulimit -n 65536');
      expect(tries.at(-1)?.code).toBe(EXIT.ok);
    },
  );

  test.each(
    ['max_user_watches', 'max_user_instances'].flatMap(
      (name) =>
        [
          [name, ['watch']],
          [name, ['mcp']],
          [name, ['serve', '--port', '0']],
        ] as const,
    ),
  )('watched files: fs.inotify.%s for %j', (name, words) => {
    const kernel = { max_user_watches: 'max_inotify_watches', max_user_instances: 'max_inotify_instances' }[name];
    // A server of MCP ends when its input does: a pipe that it holds itself stays open.
    const script = `echo 0 > /proc/sys/user/${kernel}; rm -f in; mkfifo in; exec "$@" <>in`;
    const child = ['--user', '--map-root-user', 'sh', '-c', script, 'sh', process.execPath, LOCKSTEP, ...words];
    const { status, stdout, stderr } = spawnSync('unshare', child, {
      cwd: repository.root,
      env: repository.env,
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: EXIT.world, stdout: '' });
    expect(stderr).toContain(`fs.inotify.${name} is reached`);
    expect(stderr).toContain(`next: sudo sysctl fs.inotify.${name}=524288`);
  });

  test('the size of a file', () => {
    const { code, said } = limited('ulimit -f 0', ['run', 'a']);
    expect(code).toBe(EXIT.world);
    expect(said).toContain('cannot be written (the file would be larger than the limit, EFBIG)');
    expect(said).toContain('next: raise the limit: ulimit -f unlimited');
  });

  test.each([
    ['the state folder', ['run', 'a'], { LOCKSTEP_STATE_DIR: `/tmp/${LONG}` }],
    ['an identity', ['run', 'a'], { LOCKSTEP_IDENTITY_FILE: `/tmp/${LONG}` }],
    ['a report', ['run', 'a', '--junit', `/tmp/${LONG}`], {}],
    ['a file of arguments', ['run', 'a', '--args-file', `/tmp/${LONG}`], {}],
  ])('the length of the path of %s', (_, words, env) => {
    const { code, said } = limited('true', words, env);
    expect(code).toBe(EXIT.world);
    expect(said).toContain('the path is longer than the system allows, ENAMETOOLONG');
    expect(said).toContain('next: use a shorter path');
  });

  test('an account that the user database does not know is not an error', () => {
    const { code, said } = limited('unset SHELL; set -- setpriv --reuid 54321 --clear-groups "$@"', ['version']);
    expect({ code, said }).toEqual({ code: EXIT.ok, said: expect.stringMatching(/^lockstep \d/) });
  });

  test('a cache folder whose path is too long is not an error', () => {
    expect(limited('true', ['check'], { XDG_CACHE_HOME: `/tmp/${LONG}` }).code).toBe(EXIT.ok);
  });
});
