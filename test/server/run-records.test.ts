import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Repository } from '../rig/repository.ts';
import { ServedRepository } from '../rig/served-repository.ts';

const TWO = `kind: tool
name: two
args: {count: {type: integer, minimum: 2}, pass: {type: string, sensitive: true, required: false}}
secrets: [TOKEN]
steps:
  - {id: make, run: 'echo "made=$INPUT_COUNT" >> "$LOCKSTEP_OUTPUT"', outputs: [made]}
  - {id: ask, approve: always, needs: [make], run: exit 3}
`;

/** Its first step goes on when the file `gate` is there. */
const GATED = `kind: tool
name: gated
args: {gate: {type: string}}
steps:
  - {id: wait, run: 'until [ -e "$INPUT_GATE" ]; do sleep 0.05; done'}
  - {id: ask, approve: always, needs: [wait], run: exit 0}
`;

let repository: Repository;
let server: ServedRepository;

beforeAll(async () => {
  repository = new Repository({ 'tools/two.yaml': TWO, 'tools/gated.yaml': GATED });
  await repository.must(['init', '--member', 'ada']);
  await repository.must(['secret', 'set', 'TOKEN', '--allow', 'tool:two'], 'a value of a token');
  server = await ServedRepository.start(repository);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  repository[Symbol.dispose]();
});

test('a record has who started the run, its plan, the outputs of its steps, and why one failed', async () => {
  const { run } = await server.must('POST', '/runs', { tool: 'two', args: { count: 2 } });
  for await (const { type } of server.events(`/runs/${run}/events`)) if (type === 'step-waiting') break;
  const [waiting] = (await server.must('GET', '/runs?status=waiting')).runs;
  expect(waiting).toMatchObject({ run, args: { count: 2 }, by: 'token serve', waiting: [{ step: 'ask' }] });
  await server.must('POST', `/runs/${run}/answer`, { approved: true });
  const words: unknown[] = [];
  for await (const { type, data } of server.events(`/runs/${run}/events`))
    if (type === 'step-finished') words.push(data.words);
  expect(words).toEqual([undefined, 'exit code 3']);
  const details = await server.must('GET', `/runs/${run}`);
  const secrets = [{ name: 'TOKEN', version: 1 }];
  expect(details).toMatchObject({
    by: 'token serve',
    group: 'default',
    plan: [
      { id: 'make', needs: [], executor: 'host', secrets },
      { id: 'ask', needs: ['make'], executor: 'host', secrets },
    ],
    stepOutputs: { make: { made: '2' } },
    failure: { step: 'ask', reason: 'exit code 3' },
  });
});

test('a run of another process is reported as it starts, waits and ends', async () => {
  const told: unknown[] = [];
  const events = server.events('/events');
  await events.next();
  const gate = join(repository.root, 'open-gate');
  const other = repository.lockstep(['run', 'gated', '--arg', `gate=${gate}`, '--await-approval']);
  for await (const { type, data } of events) {
    if (type !== 'run') continue;
    told.push(data.status);
    if (data.status === 'running') writeFileSync(gate, '');
    if (data.status === 'waiting') await server.must('POST', `/runs/${data.run}/answer`, { approved: false });
    if (data.status === 'failed') break;
  }
  await other;
  expect([...new Set(told)].sort()).toEqual(['failed', 'running', 'waiting']);
  expect(told.at(-1)).toBe('failed');
});

test('a problem of an argument names it, and reports that a sensitive argument is sensitive', async () => {
  const plan = await server.must('POST', '/tools/two/plan', { args: { count: 1 } });
  expect(plan.problems).toMatchObject([{ code: 'args/invalid', argument: 'count' }]);
  const { args } = await server.must('GET', '/tools/two');
  expect(args.map(({ name, sensitive }: { name: string; sensitive?: true }) => [name, sensitive])).toEqual([
    ['count', undefined],
    ['pass', true],
  ]);
});
