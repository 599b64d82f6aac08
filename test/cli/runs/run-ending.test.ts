import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LOCKSTEP, Repository } from '../../rig/repository.ts';
import { RunningProgram } from '../../rig/running-program.ts';

const TOOLS = {
  'tools/long.yaml': `
kind: tool
name: long
steps:
  - {id: wait, run: "trap 'echo asked; exit 0' TERM; (trap 'echo child asked; exit 0' TERM; echo ready; sleep 600 & wait) & sleep 600 & wait"}
  - {id: tidy, if: always(), run: echo tidied}
`,
  'tools/filling.yaml': `
kind: tool
name: filling
steps:
  - {id: wait, run: "trap 'touch asked; exit 0' TERM; echo ready; sleep 600 & wait"}
  - {id: tidy, if: always(), run: touch tidied}
`,
  'tools/deaf.yaml': `
kind: tool
name: deaf
steps:
  - {id: wait, run: "trap 'echo asked' TERM; echo ready $$; while :; do sleep 600 & wait || true; done"}
`,
  'tools/harsh.yaml': `
kind: tool
name: harsh
steps:
  - {id: kill, run: 'kill -TERM $PPID; sleep 600'}
`,
};

describe.concurrent('a run in the terminal', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is ended gently by one %s, and exits with %i', async (signal, code) => {
    using repository = new Repository(TOOLS);
    await using program = new RunningProgram(repository, ['run', 'long']);
    await program.until('wait | ready\n');
    program.signal(signal);
    const said = await program.until('cancelled long');
    expect(said.split('\n').slice(0, -1).sort()).toEqual([
      'tidy | tidied',
      'wait | asked',
      'wait | cancelled',
      'wait | child asked',
    ]);
    expect(await program.ended).toBe(code);
  });

  test('is ended gently when its output cannot be written, and exits with 3', () => {
    using repository = new Repository(TOOLS);
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [LOCKSTEP, 'run', 'filling'], {
      cwd: repository.root,
      env: repository.env,
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect(stderr).toContain('error: standard output cannot be written (the disk is full, ENOSPC)\n');
    expect(status).toBe(3);
    for (const trace of ['asked', 'tidied']) expect(existsSync(join(repository.root, trace))).toBe(true);
  });

  test('is ended at once by SIGQUIT, whatever its steps do', async () => {
    using repository = new Repository(TOOLS);
    await using program = new RunningProgram(repository, ['run', 'deaf']);
    const [, pid = ''] = /ready (\d+)/.exec(await program.until('\n')) ?? [];
    program.signal('SIGQUIT');
    expect(await program.ended).toBe(131);
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });

  test('is ended at once by two signals, whatever its steps do', async () => {
    using repository = new Repository(TOOLS);
    await using program = new RunningProgram(repository, ['run', 'deaf']);
    const [, pid = ''] = /ready (\d+)/.exec(await program.until('\n')) ?? [];
    program.signal('SIGINT');
    await program.until('wait | asked');
    // What comes within half a second of the first is the same press. The program has had the first one.
    await pause(600);
    program.signal('SIGINT');
    expect(await program.ended).toBe(130);
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });

  test('opens no debugger when it is sent SIGUSR1', async () => {
    using repository = new Repository(TOOLS);
    await using program = new RunningProgram(repository, ['run', 'long']);
    await program.until('wait | ready\n');
    program.signal('SIGUSR1');
    program.signal('SIGINT');
    expect(await program.until('cancelled long')).not.toContain('Debugger');
    expect(await program.ended).toBe(130);
  });

  test('prints one JSON document when it is cancelled', async () => {
    using repository = new Repository(TOOLS);
    await using program = new RunningProgram(repository, ['run', 'long', '--json']);
    await program.until('wait | ready\n');
    program.signal('SIGINT');
    const said = await program.until('"durationMs":');
    expect(said).toContain('"status":"cancelled","reason":{"why":"cancelled"}');
    expect(await program.ended).toBe(130);
  });

  test('is cancelled in the same way by a step that attacks it', async () => {
    using repository = new Repository(TOOLS);
    const { code, stdout } = await repository.lockstep(['run', 'harsh']);
    expect(stdout).toMatch(/^kill \| cancelled\ncancelled harsh \(/);
    expect(code).toBe(143);
  });
});
