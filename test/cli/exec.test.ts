import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { typeInto } from '../rig/pseudo-terminal.ts';
import { LOCKSTEP, Repository } from '../rig/repository.ts';
import { RunningProgram } from '../rig/running-program.ts';

let repository: Repository;
beforeEach(async () => {
  repository = new Repository();
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN', '--allow', 'exec'], 'value-of-the-token');
});
afterEach(() => repository[Symbol.dispose]());

const exec = (script: string) => ['exec', '--secret', 'TOKEN', '--', 'sh', '-c', script];

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
  'passes %s on every time it comes, and ends as the command does',
  async (signal) => {
    const trap = signal.slice(3);
    await using program = new RunningProgram(
      repository,
      exec(
        `n=0; trap 'n=$((n+1)); echo got $n; [ $n = 3 ] && exit 9' ${trap}; sleep 1000 & echo ready; while :; do wait; done`,
      ),
    );
    await program.until('ready');
    for (const count of [1, 2, 3]) {
      program.signal(signal);
      await program.until(`got ${count}`);
    }
    expect(await program.ended).toBe(9);
  },
);

test('reaches the whole process group of the command, and leaves no process behind', async () => {
  await using program = new RunningProgram(repository, exec('sleep 1000 & echo "child $!."; wait'));
  const [, pid] = /child (\d+)\./.exec(await program.until('.')) ?? [];
  expect(runs(pid)).toBe(true);
  program.signal('SIGTERM');
  expect(await program.ended).toBe(143);
  expect(runs(pid)).toBe(false);
});

/** A zombie that nobody collected has ended too. */
function runs(pid = ''): boolean {
  const stat = `/proc/${pid}/stat`;
  return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'latin1'));
}

test('streams both ways while it runs, masked, and whole to the last byte', async () => {
  const bytes = randomBytes(3_000_000);
  const { stdout, code } = await repository.lockstep(exec('sha256sum; printf "value-of-the"'), bytes);
  expect(code).toBe(0);
  expect(stdout).toBe(`${createHash('sha256').update(bytes).digest('hex')}  -\nvalue-of-the`);
  await using program = new RunningProgram(repository, exec('echo "$TOKEN" first; read x'));
  expect(await program.until('first')).toBe('*** first');
});

test('stops when the reader of its output has gone', async () => {
  const { code } = await repository.node([
    '-e',
    `const { spawnSync } = require('node:child_process');
     const end = spawnSync('sh', ['-c', '"$0" "$@" | head -1', process.execPath, ${JSON.stringify(LOCKSTEP)}, 'exec', '--secret', 'TOKEN', '--', 'yes'], { timeout: 20000 });
     process.exit(String(end.stdout) === 'y\\n' ? 0 : 1)`,
  ]);
  expect(code).toBe(0);
});

test('a person at a terminal can answer the command, and sees its output masked', () => {
  const { exit, shown } = typeInto({
    argv: [process.execPath, LOCKSTEP, ...exec('printf "name? "; read name; echo "hello $name, $TOKEN"; exit 5')],
    keys: [['name? ', 'Ada\n']],
    env: repository.env,
    cwd: repository.root,
  });
  expect(shown).toContain('hello Ada, ***');
  expect(exit).toBe(5);
});

test('cannot start when its use cannot be recorded', async () => {
  const log = join(repository.env.LOCKSTEP_STATE_DIR ?? '', 'audit');
  rmSync(log, { recursive: true });
  writeFileSync(log, 'in the way');
  const { code, stderr } = await repository.lockstep(['exec', '--secret', 'TOKEN', '--', 'touch', 'started']);
  expect(code, stderr).toBe(3);
  expect(existsSync(join(repository.root, 'started'))).toBe(false);
});

test('the value is not in any command line', async () => {
  await using program = new RunningProgram(repository, exec('echo ready; sleep 1000'));
  await program.until('ready');
  expect(readFileSync(`/proc/${program.pid}/cmdline`, 'latin1')).not.toContain('value-of-the-token');
  expect(readFileSync(`/proc/${program.pid}/environ`, 'latin1')).not.toContain('value-of-the-token');
});
