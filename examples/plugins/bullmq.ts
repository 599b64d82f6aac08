/**
 * A queue of BullMQ whose jobs are calls of tools. Adds one job, works on it and prints its value.
 * REDIS_URL=redis://127.0.0.1:6379 node examples/plugins/bullmq.ts FOLDER TOOL ['{"name": "value"}']
 */
import { Queue, QueueEvents, Worker } from 'bullmq';
import { openProject } from 'lockstep';
import { type ToolStep, type ToolStepResult, toolProcessor } from 'lockstep/bullmq';

const [directory = '.', tool = 'hello', args = '{}'] = process.argv.slice(2);
const connection = { url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', maxRetriesPerRequest: null };

// The worker's machine has the checkout and the identity: secrets are opened here.
const project = await openProject({ directory });
const worker = new Worker<ToolStep, ToolStepResult>('tools', toolProcessor(project, { tools: [tool] }), { connection });
// Another worker may have the job by then.
worker.on('lockRenewalFailed', (jobs) => {
  for (const job of jobs) worker.cancelJob(job);
});
worker.on('progress', (_, progress) => console.error(JSON.stringify(progress)));

// Where jobs are added, no key and no checkout is needed.
const queue = new Queue<ToolStep, ToolStepResult>('tools', { connection });
const events = new QueueEvents('tools', { connection });
const retries = { attempts: 3, backoff: { type: 'exponential', delay: 1_000 } };
try {
  const job = await queue.add(tool, { tool, args: JSON.parse(args) }, retries);
  console.log(JSON.stringify(await job.waitUntilFinished(events)));
} finally {
  for (const part of [worker, events, queue]) await part.close();
}
