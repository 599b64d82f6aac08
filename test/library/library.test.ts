import { join } from 'node:path';
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import { type Event, LockstepError, openProject, type RunOutcome } from '../../src/index.ts';
import { Repository } from '../rig/repository.ts';

const PROGRAM = join(import.meta.dirname, '../../examples/library/run-a-tool.ts');
const TOKEN = 'a-token-that-nobody-may-see';

const TOOLS = `
kind: tool
name: show
args: {times: {type: integer, default: 1}}
secrets: [TOKEN]
outputs: {said: '\${{ steps.say.outputs.said }}'}
steps:
  - id: say
    run: |
      for i in $(seq "$INPUT_TIMES"); do echo "token $TOKEN"; done
      echo "said=$TOKEN" >> "$LOCKSTEP_OUTPUT"
---
kind: tool
name: stay
steps:
  - {id: stay, shell: sh, run: 'echo staying; exec sleep 600'}
  - {id: after, run: 'echo never'}
  - {id: tidy, if: '\${{ always() }}', run: 'echo tidied'}
`;

async function repositoryWithToken(): Promise<Repository> {
  const repository = new Repository({ 'tools/tools.yaml': TOOLS });
  await repository.must(['init']);
  await repository.must(['secret', 'set', 'TOKEN'], TOKEN);
  return repository;
}

describe('openProject', () => {
  let repository: Repository | undefined;
  afterEach(() => repository?.[Symbol.dispose]());

  test('checks, plans and runs; events are masked and the report is typed', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    expect(await project.check()).toMatchObject({ ok: true, counts: { tools: 2, agents: 0, errors: 0 } });
    const plan = await project.plan('show');
    expect(plan.steps[0]?.secrets).toEqual([
      { name: 'TOKEN', env: 'TOKEN', version: 1, granted: true, reason: 'granted to tool:show' },
    ]);

    const run = project.run('show', { args: { times: 3 } });
    const events: Event[] = [];
    for await (const event of run) events.push(event);
    const report = await run.report;
    expectTypeOf(report).toEqualTypeOf<RunOutcome>();
    expect(report).toMatchObject({ tool: 'show', status: 'succeeded', outputs: { said: '***' } });
    const text = events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('');
    expect(text).toBe('token ***\n'.repeat(3));
    expect(events.map((event) => event.type)).toEqual(
      expect.arrayContaining(['run-started', 'step-started', 'notice', 'step-finished', 'run-finished']),
    );
    expect(JSON.stringify([events, report, plan])).not.toContain(TOKEN);
  });

  test('gives the report to one who reads no events', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    expect(await project.run('show', { args: { times: 20_000 } }).report).toMatchObject({ status: 'succeeded' });
  });

  test('a signal ends it: what runs is stopped, what waits never starts, what says always() still runs', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    const stop = new AbortController();
    const run = project.run('stay', { signal: stop.signal });
    const said: string[] = [];
    for await (const event of run) {
      if (event.type === 'output') said.push(event.text);
      if (event.type === 'output' && event.text.includes('staying')) stop.abort();
    }
    const report = await run.report;
    expect(report.status).toBe('cancelled');
    expect(report.steps.map((step) => [step.id, step.status])).toEqual([
      ['stay', 'cancelled'],
      ['after', 'cancelled'],
      ['tidy', 'succeeded'],
    ]);
    expect(said.join('')).toBe('staying\ntidied\n');
  });

  test('what keeps it from starting comes as problems, and nothing starts', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    const run = project.run('show', { args: { times: 'many', colour: 'red' } });
    const events: Event[] = [];
    for await (const event of run) events.push(event);
    const report = await run.report;
    expect(events).toEqual([]);
    expect(report).toMatchObject({ run: null, status: 'failed', steps: [] });
    expect('problems' in report && report.problems.map((one) => one.code)).toEqual(['args/invalid', 'args/unknown']);
  });

  test('what the world denies comes as a LockstepError with its code', async () => {
    repository = await repositoryWithToken();
    await expect(openProject({ directory: join(repository.root, 'nowhere') })).rejects.toThrow(LockstepError);
    const project = await openProject({
      directory: repository.root,
      env: { ...repository.env, HOME: repository.root },
    });
    await expect(project.run('show').report).rejects.toMatchObject({ code: 'identity/missing' });
    await expect(project.plan('shw')).rejects.toMatchObject({
      code: 'definition/unknown',
      hints: expect.arrayContaining(['did you mean "show"?']),
    });
  });
});

test('the example program calls Lockstep by its package name, as another program does', async () => {
  using repository = await repositoryWithToken();
  const { code, stdout, stderr } = await repository.node([PROGRAM, repository.root, 'show']);
  expect(stderr).toBe('');
  expect(stdout).toBe('checked 2 tools: sound\nplan: say gets TOKEN\nsay: token ***\nsay succeeded\n{"said":"***"}\n');
  expect(code).toBe(0);
});
