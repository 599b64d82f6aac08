import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Job, Queue, QueueEvents, Worker } from 'bullmq';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { toolProcessor } from '../../src/plugins/bullmq.ts';
import type { ToolStep, ToolStepResult } from '../../src/plugins/tool-step.ts';
import { Redis } from '../rig/redis.ts';
import type { Repository } from '../rig/repository.ts';
import { opened, repositoryOfTools, TOKEN } from './tools.ts';

const EXAMPLE = join(import.meta.dirname, '../../examples/plugins/bullmq.ts');

/** A busy machine may take a while to start a process. */
const PATIENT = { timeout: 25_000 };

let repository: Repository;
let redis: Redis;
let queue: Queue<ToolStep, ToolStepResult>;
let events: QueueEvents;
let worker: Worker<ToolStep, ToolStepResult>;
beforeAll(async () => {
  repository = await repositoryOfTools();
  redis = await Redis.start();
  const connection = { path: redis.socket, maxRetriesPerRequest: null };
  queue = new Queue('tested', { connection });
  events = new QueueEvents('tested', { connection });
  const project = await opened(repository);
  const tools = ['show', 'once-broken', 'broken', 'stay', 'approved'];
  worker = new Worker('tested', toolProcessor(project, { tools }), { connection });
  await Promise.all([events.waitUntilReady(), worker.waitUntilReady()]);
});
afterAll(async () => {
  try {
    for (const part of [worker, events, queue]) await part?.close();
  } finally {
    await redis?.[Symbol.asyncDispose]();
    repository?.[Symbol.dispose]();
  }
});
beforeEach(() => repository.write('log', ''));

const log = () => readFileSync(join(repository.root, 'log'), 'utf8');

/** The job at its end, as BullMQ keeps it. */
async function ended(job: Job<ToolStep, ToolStepResult>) {
  await job.waitUntilFinished(events).catch(() => undefined);
  const kept = await queue.getJob(job.id ?? '');
  if (kept === undefined) throw new Error('BullMQ does not have the job');
  return { kept, state: await kept.getState() };
}

test('a job is a run: its value, its progress and its key; Redis holds no secret value', async () => {
  const job = await queue.add('show', { tool: 'show', args: { times: 2 } });
  const { kept, state } = await ended(job);
  expect(state).toBe('completed');
  expect(kept.returnvalue.outputs).toEqual({ said: '***', key: `bullmq:tested:${job.id}:${job.timestamp}/say` });
  const progress = async () => (await queue.getJob(job.id ?? ''))?.progress;
  await expect.poll(progress, PATIENT).toEqual({ run: kept.returnvalue.run, step: 'say', ended: 2, total: 2 });
  const { kept: failed } = await ended(await queue.add('broken', { tool: 'broken' }));
  expect(failed.failedReason).toContain('broken failed');
  const saved = redis.saved();
  expect(saved.includes('***')).toBe(true);
  expect(saved.includes(TOKEN)).toBe(false);
});

test('a tool that failed is tried as often as the job says, each time with the same key', async () => {
  const { kept, state } = await ended(await queue.add('again', { tool: 'once-broken' }, { attempts: 3 }));
  expect(state).toBe('completed');
  expect(kept.attemptsMade).toBe(2);
  const { key } = kept.returnvalue.outputs;
  expect(log()).toBe(`${key}\n${key}\n`);
});

test('a tool that fails each time says which step failed, and why', async () => {
  const { kept, state } = await ended(await queue.add('broken', { tool: 'broken' }, { attempts: 2 }));
  expect(state).toBe('failed');
  expect(kept.failedReason).toMatch(/^broken failed \(run \S+\)\ntry: exit code 7$/);
  expect(log()).toBe('try\ntry\n');
});

test.each([
  ['preflight refuses', { tool: 'show', args: { times: 'many' } }, 'refused, and nothing was started'],
  ['wants approval, which no one can give', { tool: 'approved' }, 'wants approval'],
  ['calls a tool that the worker does not run', { tool: 'other' }, 'this worker runs only: show, '],
  ['is not a step', {}, 'the data of the step is not'],
])('a job that %s fails at once and for good', async (_, data, said) => {
  const { kept, state } = await ended(await queue.add('refused', data as ToolStep, { attempts: 5 }));
  expect(state).toBe('failed');
  expect(kept.attemptsMade).toBe(1);
  expect(kept.failedReason).toContain(said);
});

test('a cancelled job ends its processes, and is not tried again', async () => {
  const job = await queue.add('stay', { tool: 'stay' }, { attempts: 5 });
  await expect.poll(log, PATIENT).toMatch(/^\d+\n$/);
  expect(worker.cancelJob(job.id ?? '')).toBe(true);
  const { kept, state } = await ended(job);
  expect(state).toBe('failed');
  expect(kept.failedReason).toMatch(/^stay was cancelled/);
  expect(kept.attemptsMade).toBe(1);
  expect(() => process.kill(Number(log()), 0)).toThrow('ESRCH');
});

test('the example works', async () => {
  repository.env.REDIS_URL = redis.socket;
  const { code, stdout, stderr } = await repository.node([EXAMPLE, repository.root, 'show', '{"times": 1}']);
  expect({ code, outputs: JSON.parse(stdout || '{}').outputs }, stderr).toEqual({
    code: 0,
    outputs: { said: '***', key: expect.stringMatching(/^bullmq:tools:\d+:\d+\/say$/) },
  });
});
