import { join } from 'node:path';
import { afterEach, describe, expect, expectTypeOf, test } from 'vitest';
import {
  ERROR_CODES,
  LockstepError,
  openProject,
  PROBLEM_CODES,
  type Run,
  type RunEvent,
  type RunResult,
} from '../../src/index.ts';
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
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    const report = await run.result();
    expectTypeOf(report).toEqualTypeOf<RunResult>();
    expect(report).toMatchObject({
      kind: 'finished',
      run: run.id,
      tool: 'show',
      status: 'succeeded',
      outputs: { said: '***' },
    });
    const text = events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('');
    expect(text).toBe('token ***\n'.repeat(3));
    expect(events.map((event) => event.type)).toEqual(
      expect.arrayContaining(['run-started', 'step-started', 'notice', 'step-finished', 'run-finished']),
    );
    expect(JSON.stringify([events, report, plan])).not.toContain(TOKEN);
  });

  test('hands out no value, whatever a caller without types asks for', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    const asked: object = { onUnsealed: () => expect.unreachable('it was handed a value') };
    expect(await project.run('show', asked).result()).toMatchObject({ status: 'succeeded' });
    const again = await project.runs.retry('last', { ...asked, from: 'say' });
    expect(await again.result()).toMatchObject({ status: 'succeeded' });
  });

  test('gives the report to a caller that reads no events', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    expect(await project.run('show', { args: { times: 20_000 } }).result()).toMatchObject({ status: 'succeeded' });
  });

  test('ends at a signal: running steps are stopped, waiting steps never start, always() steps still run', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    const stop = new AbortController();
    const run = project.run('stay', { signal: stop.signal });
    const said: string[] = [];
    for await (const event of run) {
      if (event.type === 'output') said.push(event.text);
      if (event.type === 'output' && event.text.includes('staying')) stop.abort();
    }
    const report = await run.result();
    expect(report).toMatchObject({
      status: 'cancelled',
      steps: [
        { id: 'stay', status: 'cancelled' },
        { id: 'after', status: 'cancelled' },
        { id: 'tidy', status: 'succeeded' },
      ],
    });
    expect(said.join('')).toBe('staying\ntidied\n');
  });

  test('returns what keeps the tool from starting as problems, and starts nothing', async () => {
    repository = await repositoryWithToken();
    const project = await openProject({ directory: repository.root, env: repository.env });
    const run = project.run('show', { args: { times: 'many', colour: 'red' } });
    const events: RunEvent[] = [];
    for await (const event of run) events.push(event);
    const report = await run.result();
    expect(events).toEqual([]);
    expect(report).toMatchObject({
      kind: 'refused',
      tool: 'show',
      problems: [{ code: 'args/invalid' }, { code: 'args/unknown' }],
    });
    expect(await project.runs.list()).toEqual([]);
  });

  test('throws failures of the environment as a LockstepError with its code', async () => {
    repository = await repositoryWithToken();
    await expect(openProject({ directory: join(repository.root, 'nowhere') })).rejects.toThrow(LockstepError);
    const project = await openProject({
      directory: repository.root,
      env: { ...repository.env, HOME: repository.root },
    });
    await expect(project.run('show').result()).rejects.toMatchObject({ code: 'identity/missing' });
    await expect(project.plan('shw')).rejects.toMatchObject({
      code: 'definition/unknown',
      hints: expect.arrayContaining(['did you mean "show"?']),
    });
  });
});

describe('a run of the library', () => {
  async function opened() {
    const repository = await repositoryWithToken();
    return { repository, project: await openProject({ directory: repository.root, env: repository.env }) };
  }

  /** Cancelled and waited for at the end of the block. */
  async function staying(run: Run): Promise<void> {
    for await (const event of run) if (event.type === 'output' && event.text.includes('staying')) return;
  }

  test('has its name at once, and `runs` finds it during the run and afterwards', async () => {
    const { repository, project } = await opened();
    using _ = repository;
    const run = project.run('stay');
    await staying(run);
    expect(await project.runs.list()).toMatchObject([{ run: run.id, tool: 'stay', status: 'running' }]);
    await project.runs.cancel(run.id);
    expect(await run.result()).toMatchObject({ kind: 'finished', status: 'cancelled' });
    expect(await project.runs.get('last')).toMatchObject({ run: run.id, status: 'cancelled', underWay: [] });
  });

  test.each(['cancel', 'kill'] as const)('ends by %s()', async (how) => {
    const { repository, project } = await opened();
    using _ = repository;
    const run = project.run('stay');
    await staying(run);
    run[how]();
    const tidied = how === 'cancel' ? 'succeeded' : 'cancelled';
    expect(await run.result()).toMatchObject({ status: 'cancelled', steps: [{}, {}, { id: 'tidy', status: tidied }] });
  });

  test('is cancelled and waited for at the end of an `await using` block', async () => {
    const { repository, project } = await opened();
    using _ = repository;
    let id = '';
    {
      await using run = project.run('stay');
      ({ id } = run);
      await staying(run);
    }
    expect(await project.runs.get(id)).toMatchObject({ status: 'cancelled' });
  });

  test('can be retried from a step, and its log is masked events with times', async () => {
    const { repository, project } = await opened();
    using _ = repository;
    const first = project.run('show');
    await first.result();
    const again = await project.runs.retry(first.id, { from: 'say' });
    expect(await again.result()).toMatchObject({ kind: 'finished', run: again.id, status: 'succeeded' });
    expect(again.id).not.toBe(first.id);
    const logged: RunEvent[] = [];
    for await (const { time, event } of project.runs.logs(again.id, { follow: true })) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT/);
      logged.push(event);
    }
    expect(logged.flatMap((event) => (event.type === 'output' ? event.text : []))).toEqual(['token ***\n']);
    await expect(project.runs.resume(first.id)).rejects.toThrow('has ended');
    await expect(project.runs.get('nowhere')).rejects.toThrow('there is no run "nowhere"');
  });

  test('waits for an approval that `runs.approve` gives', async () => {
    const { repository, project } = await opened();
    using _ = repository;
    repository.write(
      'tools/wipe.yaml',
      'kind: tool\nname: wipe\nsteps: [{id: wipe, approve: always, run: echo wiped}]\n',
    );
    expect(await project.reload()).toMatchObject({ ok: true });
    const run = project.run('wipe', { awaitApproval: true });
    for await (const event of run)
      if (event.type === 'step-waiting') await project.runs.approve(run.id, { by: 'ada', reason: 'it is old' });
    expect(await run.result()).toMatchObject({ status: 'succeeded' });
    expect((await project.runs.get(run.id)).answers).toEqual([
      { step: 'wipe', approved: true, by: 'ada', reason: 'it is old' },
    ]);
  });
});

test('a project lists its tools with JSON Schemas of their arguments, and reloads changes', async () => {
  using repository = await repositoryWithToken();
  const project = await openProject({ directory: repository.root, env: repository.env });
  expect(project.tools()).toEqual([
    {
      name: 'show',
      description: '',
      file: 'tools/tools.yaml',
      secrets: ['TOKEN'],
      inputSchema: {
        type: 'object',
        properties: { times: { type: 'integer', default: 1 } },
        required: [],
        additionalProperties: false,
      },
    },
    expect.objectContaining({ name: 'stay' }),
  ]);
  const stop = new AbortController();
  const changes = project.watch(stop.signal)[Symbol.asyncIterator]();
  expect((await changes.next()).value).toMatchObject({ loaded: true, files: [] });
  repository.write(
    'tools/more.yaml',
    'kind: tool\nname: more\nargs: {a: {type: string, description: what}}\nsteps: [{id: s, run: echo}]\n',
  );
  expect((await changes.next()).value).toMatchObject({ loaded: true, files: ['tools/more.yaml'] });
  expect(project.tools().map(({ name }) => name)).toEqual(['more', 'show', 'stay']);
  repository.write('tools/more.yaml', 'kind: tool\nname: more\n');
  expect((await changes.next()).value).toMatchObject({ loaded: false, report: { ok: false } });
  expect(project.tools().map(({ name }) => name)).toEqual(['more', 'show', 'stay']);
  stop.abort();
  expect(await project.reload()).toMatchObject({ ok: false });
});

test('the codes are exported as values', () => {
  expect(Object.keys(ERROR_CODES)).toContain('identity/missing');
  expect(Object.keys(PROBLEM_CODES)).toContain('args/unknown');
});

test('the example program calls Lockstep by its package name, as another program does', async () => {
  using repository = await repositoryWithToken();
  const { code, stdout, stderr } = await repository.node([PROGRAM, repository.root, 'show']);
  expect(stderr).toBe('');
  expect(stdout).toBe('checked 2 tools: sound\nplan: say gets TOKEN\nsay: token ***\nsay succeeded\n{"said":"***"}\n');
  expect(code).toBe(0);
});
