import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DBOS } from '@dbos-inc/dbos-sdk';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toolStep } from '../../src/plugins/dbos.ts';
import type { ToolStep, ToolStepResult } from '../../src/plugins/tool-step.ts';
import { Postgres } from '../rig/postgres.ts';
import type { Repository } from '../rig/repository.ts';
import { opened, RELEASE_TOOLS, repositoryOfTools, TOKEN } from './tools.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/plugins/dbos.ts');

/** DBOS looks for cancelled and resumed workflows now and then. */
const PATIENT = { timeout: 30_000 };

const quiet = () => undefined;
const SILENT = { info: quiet, debug: quiet, warn: quiet, error: quiet };

let postgres: Postgres;
let repository: Repository;
let workflow: (steps: ToolStep[]) => Promise<ToolStepResult[]>;
let runTool: (step: ToolStep) => Promise<ToolStepResult>;
beforeAll(async () => {
  postgres = await Postgres.start();
  for (const name of ['shop', 'example']) await postgres.query('postgres', `CREATE DATABASE ${name}`);
  repository = await repositoryOfTools();
  runTool = toolStep(DBOS, await opened(repository), { retries: { maxAttempts: 3, intervalSeconds: 0.01 } });
  workflow = DBOS.registerWorkflow(
    async (steps: ToolStep[]) => {
      const results: ToolStepResult[] = [];
      for (const step of steps) results.push(await runTool(step));
      return results;
    },
    { name: 'tools' },
  );
  DBOS.setConfig({ name: 'shop', systemDatabaseUrl: postgres.url('shop'), logger: SILENT });
  await DBOS.launch();
}, 120_000);
afterAll(async () => {
  try {
    await DBOS.shutdown();
  } finally {
    await postgres?.[Symbol.asyncDispose]();
    repository?.[Symbol.dispose]();
  }
});
beforeEach(() => repository.write('log', ''));

const log = () => readFileSync(join(repository.root, 'log'), 'utf8');

function start(workflowID: string, ...steps: ToolStep[]) {
  return DBOS.startWorkflow(workflow, { workflowID })(steps);
}

test('steps of a workflow are runs, each with a key; the database holds no secret value', async () => {
  const handle = await start('order-1', { tool: 'show' }, { tool: 'show', args: { times: 2 } });
  expect((await handle.getResult()).map(({ outputs }) => outputs)).toEqual([
    { said: '***', key: 'dbos:order-1:0/say' },
    { said: '***', key: 'dbos:order-1:1/say' },
  ]);
  expect(await DBOS.listWorkflowSteps('order-1')).toMatchObject([{ name: 'lockstep show' }, { name: 'lockstep show' }]);
  await expect((await start('order-2', { tool: 'broken' })).getResult()).rejects.toThrow();
  await postgres.query('shop', 'CHECKPOINT');
  const files = globSync(`${postgres.dataFolder}/{base,pg_wal}/**`).filter((path) => statSync(path).isFile());
  const kept = files.map((file) => readFileSync(file));
  expect(kept.some((bytes) => bytes.includes('"said":"***"'))).toBe(true);
  expect(kept.some((bytes) => bytes.includes(TOKEN))).toBe(false);
});

test('a tool that failed is tried again, each time with the same key; what is on record is not', async () => {
  const result = await (await start('order-3', { tool: 'once-broken' }, { tool: 'show' })).getResult();
  expect(result[0]?.outputs).toEqual({ key: 'dbos:order-3:0/try' });
  expect(log()).toBe('dbos:order-3:0/try\n'.repeat(2));
  const forked = await DBOS.forkWorkflow<ToolStepResult[]>('order-3', 1, { newWorkflowID: 'order-4' });
  const again = await forked.getResult();
  expect(again.map(({ outputs }) => outputs.key)).toEqual(['dbos:order-3:0/try', 'dbos:order-4:1/say']);
  expect(log()).toBe('dbos:order-3:0/try\n'.repeat(2));
});

test('a tool that fails each time fails its step after the last attempt', async () => {
  await expect((await start('order-5', { tool: 'broken' })).getResult()).rejects.toThrow('exceeded its maximum');
  expect(log()).toBe('try\n'.repeat(3));
});

test.each([
  ['preflight refuses', { tool: 'show', args: { times: 'many' } }, '[args/invalid]'],
  ['wants approval, which no one can give', { tool: 'approved' }, 'wants approval'],
])('a call that %s fails at once and for good', async (_, step, said) => {
  const handle = await start(`refused-${step.tool}`, step);
  await expect(handle.getResult()).rejects.toThrow(said);
});

test('a cancelled workflow ends its processes; a resumed one runs the tool again', { timeout: 120_000 }, async () => {
  const handle = await start('order-6', { tool: 'stay' });
  await expect.poll(log, PATIENT).toMatch(/^\d+\n$/);
  await DBOS.cancelWorkflow('order-6');
  await expect(handle.getResult()).rejects.toThrow();
  await expect.poll(() => isAlive(0), PATIENT).toBe(false);
  await DBOS.resumeWorkflow('order-6');
  await expect.poll(log, PATIENT).toMatch(/^\d+\n\d+\n$/);
  await DBOS.cancelWorkflow('order-6');
  await expect.poll(() => isAlive(1), PATIENT).toBe(false);
});

function isAlive(line: number): boolean {
  try {
    return process.kill(Number(log().split('\n')[line]), 0);
  } catch {
    return false;
  }
}

test('outside a workflow it refuses', async () => {
  await expect(async () => runTool({ tool: 'show' })).rejects.toThrow('within a workflow');
});

test('the example runs its workflow once for each version', async () => {
  repository.write('tools/release.yaml', RELEASE_TOOLS);
  repository.env.DBOS_SYSTEM_DATABASE_URL = postgres.url('example');
  for (const attempt of [1, 2]) {
    const { code, stdout, stderr } = await repository.node([EXAMPLE, repository.root, '7']);
    expect(code, `${attempt}: ${stdout}${stderr}`).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toBe('{"url":"https://app:7.example"}');
  }
  expect(log()).toBe('built 7\n');
});
