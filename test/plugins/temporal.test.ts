import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PluginProgram } from '../rig/plugin-program.ts';
import { repositoryOfTools, TOKEN } from './tools.ts';

let program: PluginProgram;
beforeAll(async () => {
  program = await PluginProgram.install('test/plugins/temporal');
}, 600_000);
afterAll(() => program?.[Symbol.dispose]());

test('tools are activities: heartbeats, cancellation, and what Temporal retries', { timeout: 120_000 }, async () => {
  using repository = await repositoryOfTools();
  repository.write('log', '');
  const { code, stdout, stderr } = await repository.node([join(program.folder, 'program.ts'), repository.root]);
  expect(code, stderr).toBe(0);
  expect(`${stdout}${stderr}`).not.toContain(TOKEN);
  const { shown, silent, broken, refused, cancelled, shutdown } = JSON.parse(stdout);

  const { run } = shown.result;
  expect(shown.result.outputs).toEqual({ said: '***', key: 'temporal:shop:order-7:r-1:3/say' });
  expect(shown.heartbeats).toEqual(
    expect.arrayContaining([
      { run, ended: 0, total: 2 },
      { run, step: 'begin', ended: 1, total: 2 },
      { run, step: 'say', ended: 2, total: 2 },
    ]),
  );
  expect(silent).toMatchObject({ result: { outputs: { said: '***' } }, heartbeats: [] });

  // An error without an own word on retries is one that Temporal's policy decides about.
  expect(broken).toMatchObject({ name: 'ToolFailed', cancelled: false });
  expect(broken).not.toHaveProperty('nonRetryable');
  expect(broken.message).toMatch(/^broken failed \(run \S+\)\ntry: exit code 7$/);
  expect(refused).toMatchObject({ name: 'ApplicationFailure', type: 'ToolRefused', nonRetryable: true });
  expect(refused.message).toContain('[args/invalid]');

  expect(cancelled).toMatchObject({ name: 'CancelledFailure', cancelled: true });
  expect(shutdown).toMatchObject({ type: 'WorkerShutdown', nonRetryable: false, cancelled: false });
  const pids = readFileSync(join(repository.root, 'log'), 'utf8').trim().split('\n').slice(1);
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
});

test('the example type-checks with the worker and the workflows of Temporal', { timeout: 120_000 }, () => {
  program.typeCheck('examples/plugins/temporal');
});
