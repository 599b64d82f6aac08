/**
 * `bullmq-loop.ts RUNS STEPS CONCURRENCY memory|disk`: so many jobs of BullMQ over a Redis of its own, each of which starts a
 * program so many times through execa and records each result, and a client that waits for all. `disk`: Redis syncs each write.
 * Prints the milliseconds.
 */
import { execFileSync } from 'node:child_process';
import { type Job, Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from '../test/rig/redis.ts';
import { bareStep } from './bare-step.ts';

const [runs = 0, steps = 0, concurrency = 1] = process.argv.slice(2).map(Number);

async function work(job: Job): Promise<number[]> {
  const results: number[] = [];
  for (let step = 0; step < steps; step += 1) {
    results.push(await bareStep());
    await job.updateProgress({ results });
  }
  return results;
}

await using redis = await Redis.start();
const connection = { path: redis.socket, maxRetriesPerRequest: null };
const queue = new Queue('bare', { connection });
if (process.argv[5] === 'disk')
  execFileSync('redis-cli', ['-s', redis.socket, 'CONFIG', 'SET', 'appendfsync', 'always', 'appendonly', 'yes']);
// Each client that waits for a job listens to it.
queue.setMaxListeners(0);
const events = new QueueEvents('bare', { connection });
const worker = new Worker('bare', work, { connection, concurrency });
await Promise.all([queue.waitUntilReady(), events.waitUntilReady(), worker.waitUntilReady()]);

async function submitted(count: number): Promise<void> {
  const jobs = await Promise.all(Array.from({ length: count }, () => queue.add('run', {})));
  await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
}

await submitted(5);
const began = performance.now();
await submitted(runs);
console.log(performance.now() - began);
for (const part of [worker, events, queue]) await part.close();
