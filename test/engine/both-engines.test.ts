import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RunOptions } from '../../src/project/runs/call-options.ts';
import type { Event } from '../../src/run/event.ts';
import { EngineWorkshop } from '../rig/engine-workshop.ts';
import { Postgres } from '../rig/postgres.ts';
import type { RunningProgram } from '../rig/running-program.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
let rig: EngineWorkshop;
let worker: RunningProgram;

const TOOLS = {
  'tools/chain.yaml': `
args: {who: {type: string, default: you}}
secrets: [TOKEN]
outputs: {said: "\${{ steps.two.outputs.said }}"}
steps:
  - {id: one, run: 'echo "one $INPUT_WHO $TOKEN"; echo "word=$TOKEN-1" >> $LOCKSTEP_OUTPUT', outputs: [word]}
  - {id: two, env: {WORD: "\${{ steps.one.outputs.word }}"}, run: 'echo "said=$INPUT_WHO" >> $LOCKSTEP_OUTPUT; echo "$WORD" >&2', outputs: [said]}
`,
  'tools/items.yaml': `
steps:
  - {id: each, forEach: '\${{ fromJSON(''["a","b","c"]'') }}', maxParallel: 1, env: {ITEM: '\${{ item }}'}, run: 'echo "item $ITEM"'}
  - {id: after, needs: [each], run: 'true'}
`,
  'tools/fails.yaml': `
steps:
  - {id: bad, run: 'echo bad; exit 3'}
  - {id: never, needs: [bad], run: 'true'}
  - {id: cleanup, needs: [bad], if: always(), run: 'echo cleaned'}
`,
  'tools/retries.yaml': `
steps:
  - {id: again, retry: {limit: 2, delay: 10ms}, run: 'echo try; exit 7'}
`,
  'tools/inner.yaml': 'args: {n: {type: integer}}\nsteps: [{id: deep, run: "echo n $INPUT_N"}]\n',
  'tools/outer.yaml': `
steps:
  - {id: call, uses: inner, with: {n: 5}}
  - {id: other, needs: [call], if: "\${{ failure() }}", run: 'true'}
`,
  'tools/slow.yaml': 'timeout: 200ms\nsteps: [{id: stay, run: sleep 1000}]\n',
  'tools/keyed.yaml': `steps: [{id: one, run: 'echo "$LOCKSTEP_IDEMPOTENCY_KEY"'}]\n`,
  'tools/asks.yaml': 'steps: [{id: go, approve: always, run: echo gone}]\n',
  'tools/nul.yaml': `steps: [{id: one, run: 'printf "a\\\\0b\\\\377 end"'}]\n`,
};

beforeAll(async () => {
  postgres = await Postgres.start();
  rig = await EngineWorkshop.open(postgres, TOOLS, { TOKEN: 'canary-of-both-1' });
  worker = await rig.worker();
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  await rig[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
});

/** Times and names differ from run to run. */
function withoutChance(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, one) => (['run', 'durationMs'].includes(key) ? undefined : one)));
}

/** Pieces of output come as the pipe delivers them. */
function joined(events: readonly Event[]): unknown[] {
  const all: Event[] = [];
  for (const event of events) {
    const last = all.at(-1);
    if (event.type === 'output' && last?.type === 'output' && last.step === event.step && last.stream === event.stream)
      all[all.length - 1] = { ...last, text: last.text + event.text };
    else all.push(event);
  }
  return all.map(withoutChance);
}

async function told(engine: 'local' | 'postgres', tool: string, options: RunOptions) {
  const project = engine === 'local' ? await rig.shop.project() : await rig.project();
  const run = project.run(tool, options);
  const events: Event[] = [];
  for await (const event of run) events.push(event);
  return { events: joined(events), outcome: withoutChance(await run.result()) };
}

describe('a tool tells the same on a worker as here', () => {
  test.each([
    ['chain', { values: { who: 'Ada' } }],
    ['items', {}],
    ['fails', {}],
    ['retries', {}],
    ['outer', {}],
    ['slow', {}],
    ['nul', {}],
    ['keyed', { idempotencyKey: 'order-7' }],
    ['missing-argument', { values: { who: 3 } }],
  ] as const)('%s', async (name, options) => {
    const tool = name === 'missing-argument' ? 'chain' : name;
    const here = await told('local', tool, options);
    expect(await told('postgres', tool, options)).toEqual(here);
    if (name === 'chain') expect(JSON.stringify(here)).toContain('***-1');
    if (name === 'keyed') expect(JSON.stringify(here)).toContain('order-7/one');
  });
});

test('an argument that contains a value which the run opens is refused where it is opened', async () => {
  const project = await rig.project();
  const run = project.run('chain', { values: { who: 'canary-of-both-1' }, refuseSecretArguments: true });
  const outcome = await run.result();
  expect(outcome).toMatchObject({ status: 'failed', steps: [] });
  expect(JSON.stringify(outcome)).toContain('contains a secret value');
  expect(JSON.stringify(outcome)).not.toContain('canary-of-both-1');
});

test.each(['local', 'postgres'] as const)('%s: a question says when it was approved last', async (engine) => {
  const project = engine === 'local' ? await rig.shop.project() : await rig.project();
  const runs = await project.engine();
  const waiting = async () => {
    const run = project.run('asks', { awaitApproval: true });
    for await (const { type } of run) if (type === 'step-waiting') break;
    return { run, found: await runs.find(run.id) };
  };
  const first = await waiting();
  expect((await runs.details(first.found)).approvedBefore).toEqual([]);
  const question = first.found.waiting[0] ?? expect.unreachable();
  await runs.answer(first.run.id, question, { approved: true, by: 'ada' });
  await first.run.result();
  const second = await waiting();
  expect((await runs.details(second.found)).approvedBefore).toMatchObject([
    { step: 'go', by: 'ada', run: first.run.id, changed: false },
  ]);
  second.run.cancel();
  await second.run.result();
});

/** The keys of a document and of all in it: its shape. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shape);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, shape(one)]));
}

test('the commands print the same documents', () => {
  const json = (engine: string, ...args: readonly string[]): Record<string, unknown> => {
    const { stdout, stderr } = rig.lockstep(...args, '--engine', engine, '--json');
    return JSON.parse(stdout === '' ? `{"stderr": ${JSON.stringify(stderr)}}` : stdout) as Record<string, unknown>;
  };
  for (const tool of ['chain', 'fails']) {
    const [here, there] = [json('local', 'run', tool), json('postgres', 'run', tool)];
    expect(shape(there)).toEqual(shape(here));
  }
  const show = (engine: string) => {
    const { queue: _, worker: __, snapshot: ___, ...rest } = json(engine, 'runs', 'show', 'last');
    return shape(rest);
  };
  expect(show('postgres')).toEqual(show('local'));
  const [here, there] = [json('local', 'runs', 'logs', 'last'), json('postgres', 'runs', 'logs', 'last')];
  const types = ({ lines }: Record<string, unknown>) =>
    (lines as { type: string }[]).map(({ type }) => type).filter((type) => type !== 'opened' && type !== 'output');
  expect(types(there)).toEqual(types(here));
  const again = json('postgres', 'runs', 'retry', 'last', '--from', 'bad');
  expect(shape(again)).toEqual(shape(json('local', 'runs', 'retry', 'last', '--from', 'bad')));
  const removed = json('postgres', 'runs', 'prune', '--keep', '1');
  expect((removed.removed as string[]).length).toBeGreaterThan(0);
  expect((json('postgres', 'runs', 'list').runs as unknown[]).length).toBe(1);
});

test('a retry takes what succeeded, with the arguments of the first run', async () => {
  const first = await rig.submit('chain', { values: { who: 'Grace' } });
  expect((await rig.ended(first)).status).toBe('succeeded');
  const project = await rig.project();
  const run = await project.continueRun(first, { again: true, from: 'two' });
  expect(await run.result()).toMatchObject({ status: 'succeeded', outputs: { said: 'Grace' } });
  const { retries, steps } = await rig.show(run.id);
  expect(retries).toEqual({ run: first, from: 'two' });
  expect(steps.map(({ id }) => id)).toEqual(['one', 'two']);
});
