import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openProject, type Project, type RunEvent } from '../../src/index.ts';
import { isFinal, runToolStep, type ToolStep, type ToolStepOptions } from '../../src/plugins/tool-step.ts';
import type { Repository } from '../rig/repository.ts';
import { opened, repositoryOfTools, TOKEN } from './tools.ts';

let repository: Repository;
let project: Project;
beforeAll(async () => {
  repository = await repositoryOfTools();
  project = await opened(repository);
});
afterAll(() => repository[Symbol.dispose]());
beforeEach(() => repository.write('log', ''));

const log = () => readFileSync(join(repository.root, 'log'), 'utf8');

/** How a step failed, and whether an engine would try it again. */
async function failure(step: ToolStep, options: Partial<ToolStepOptions> = {}, from = project) {
  const error: unknown = await runToolStep(from, step, { idempotencyKey: 'job-1', ...options }).then(
    () => expect.unreachable('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw error;
  expect(JSON.stringify({ ...error, text: error.stack })).not.toContain(TOKEN);
  return { error, final: isFinal(error) };
}

describe('a tool as a step of an engine', () => {
  test('returns the name of the run and its masked outputs; its steps get the key of the job', async () => {
    const events: RunEvent[] = [];
    const result = await runToolStep(
      project,
      { tool: 'show', args: { times: 2 } },
      { idempotencyKey: 'queue:job-1', onEvent: (event) => void events.push(event) },
    );
    expect(result.outputs).toEqual({ said: '***', key: 'queue:job-1/say' });
    expect(events.at(0)).toMatchObject({ type: 'run-started', run: result.run });
    expect(events.at(-1)).toMatchObject({ type: 'run-finished' });
    expect(JSON.stringify([events, result])).not.toContain(TOKEN);
  });

  test('is refused for good before anything starts, with every problem', async () => {
    const { error, final } = await failure({ tool: 'show', args: { times: 'many', colour: 'red' } });
    expect(error).toMatchObject({ name: 'ToolRefused', tool: 'show' });
    expect(error.message).toMatch(/^show was refused, and nothing was started\n/);
    expect(error.message).toContain('[args/invalid]');
    expect(error.message).toContain('[args/unknown]');
    expect(final).toBe(true);
  });

  test.each([
    [{ tool: 'broken' }, 'this worker runs only: show'],
    [{ tool: 'show', agent: 'other' }, 'this worker calls tools only as the agent careful'],
    [{ tool: 'show', group: 'prod' }, 'this worker uses only the secrets of: default'],
  ])('is refused for good where the worker does not allow it: %j', async (step, message) => {
    const { error, final } = await failure(step, { tools: ['show'], agent: 'careful', groups: ['default'] });
    expect([error.name, error.message, final]).toEqual(['InvalidToolStep', message, true]);
    await expect(runToolStep(project, step, { idempotencyKey: 'job-1', groups: [] })).rejects.toThrow(
      'only the secrets of',
    );
  });

  test('gets what the worker sets, where it names no agent and no group', async () => {
    const step = { tool: 'show' };
    expect(await failure(step, { agent: 'nobody' })).toMatchObject({
      error: { message: expect.stringContaining('nobody') },
    });
    expect(await failure(step, { groups: ['nowhere'] })).toMatchObject({
      error: { message: expect.stringContaining('nowhere') },
    });
  });

  test('fails with the step and the reason, and may be tried again', async () => {
    const { error, final } = await failure({ tool: 'broken' });
    expect(error).toMatchObject({ name: 'ToolFailed', report: { status: 'failed' } });
    expect(error.message).toMatch(/^broken failed \(run \S+\)\ntry: exit code 7$/);
    expect(final).toBe(false);
  });

  test('a signal ends its process, and the step for good', async () => {
    const stop = new AbortController();
    const onEvent = ({ type }: RunEvent) => type === 'step-started' && stop.abort();
    const { error, final } = await failure(
      { tool: 'stay' },
      { signal: stop.signal, onEvent: (event) => void onEvent(event) },
    );
    expect(error).toMatchObject({ name: 'ToolCancelled', report: { steps: [{ id: 'stay', status: 'cancelled' }] } });
    expect(final).toBe(true);
  });

  test('a person cancels it by its name', async () => {
    const onEvent = (event: RunEvent) => void (event.type === 'step-started' && project.runs.cancel('last'));
    expect(await failure({ tool: 'stay' }, { onEvent })).toMatchObject({
      error: { name: 'ToolCancelled' },
      final: true,
    });
  });

  test('a listener that throws ends the run, and its error comes out', async () => {
    const onEvent = ({ type }: RunEvent) => {
      if (type === 'step-started') throw new Error('the engine is gone');
    };
    expect(await failure({ tool: 'stay' }, { onEvent })).toMatchObject({ error: { message: 'the engine is gone' } });
    expect(await project.runs.get('last')).toMatchObject({ tool: 'stay', status: 'cancelled' });
  });

  test('what the world of one machine denies may succeed on another', async () => {
    const stranger = await openProject({
      directory: repository.root,
      env: { ...repository.env, HOME: repository.root },
    });
    expect(await failure({ tool: 'show' }, {}, stranger)).toMatchObject({
      error: { code: 'identity/missing' },
      final: false,
    });
    expect(await failure({ tool: 'shw' })).toMatchObject({ error: { code: 'definition/unknown' }, final: false });
  });

  test('a call that needs approval is refused, or waits where it may', async () => {
    expect(await failure({ tool: 'approved' })).toMatchObject({ error: { code: 'run/not-approved' }, final: true });
    const onEvent = (event: RunEvent) =>
      void (event.type === 'step-waiting' && project.runs.approve('last', { by: 'ada' }));
    await runToolStep(project, { tool: 'approved' }, { idempotencyKey: 'job-2', awaitApproval: true, onEvent });
    expect(log()).toBe('wiped\n');
  });
});

describe('the idempotency key', () => {
  test.each([
    ['an empty key', ''],
    ['a line break', 'a\nb'],
    ['a key of 1,001 characters', 'x'.repeat(1_001)],
    ['half a character', '\ud800'],
  ])('%s is refused, and nothing starts', async (_, idempotencyKey) => {
    const { error, final } = await failure({ tool: 'broken' }, { idempotencyKey });
    expect(error).toMatchObject({ code: 'value/invalid' });
    expect(final).toBe(true);
    expect(log()).toBe('');
  });

  test('may not hold a secret value, which a journal would keep', async () => {
    const before = (await project.runs.list()).length;
    const { error } = await failure({ tool: 'broken' }, { idempotencyKey: `job-${TOKEN}` });
    expect(error).toMatchObject({ code: 'value/invalid', message: expect.stringContaining('holds a secret value') });
    expect(log()).toBe('');
    expect(await project.runs.list()).toHaveLength(before);
  });

  test('is kept by a retry of the run; without one, each run has its own', async () => {
    const { error } = await failure({ tool: 'once-broken' }, { idempotencyKey: 'job 3 (ä)' });
    expect(error).toMatchObject({ name: 'ToolFailed' });
    expect(await (await project.runs.retry('last')).result()).toMatchObject({ outputs: { key: 'job 3 (ä)/try' } });
    expect(log()).toBe('job 3 (ä)/try\n'.repeat(2));
    const own = project.run('once-broken');
    expect(await own.result()).toMatchObject({ outputs: { key: `${own.id}/try` } });
  });

  test('`lockstep run` takes one', async () => {
    const said = await repository.must(['run', 'show', '--json', '--idempotency-key', 'job-4']);
    expect(JSON.parse(said)).toMatchObject({ outputs: { key: 'job-4/say' } });
  });
});
