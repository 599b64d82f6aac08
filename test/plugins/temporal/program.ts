/** Runs tools as activities in Temporal's own test environment, and prints how each ended: FOLDER */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { openProject } from 'lockstep';
import { type ToolStep, toolActivities } from 'lockstep/temporal';

const [directory = '.'] = process.argv.slice(2);
const project = await openProject({ directory });
const { runTool } = toolActivities(project);
const workflowExecution = { workflowId: 'order-7', runId: 'r-1' };
const info = { namespace: 'shop', activityId: '3', workflowExecution, heartbeatTimeoutMs: 400 };

type Reason = Parameters<MockActivityEnvironment['cancel']>[0];

/** Each tool that may be tried again writes a line as it starts. */
const started = () => readFileSync(join(directory, 'log'), 'utf8').split('\n').length;

/** @param cancel why the activity is cancelled, at the first heartbeat after its process has started */
async function ended(step: ToolStep, cancel?: Reason, more = {}): Promise<unknown> {
  const environment = new MockActivityEnvironment({ ...info, ...more });
  const heartbeats: unknown[] = [];
  const before = started();
  environment.on('heartbeat', (details) => {
    heartbeats.push(details);
    if (cancel !== undefined && started() > before) environment.cancel(cancel);
  });
  try {
    return { result: await environment.run(runTool, step), heartbeats };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { name, message } = error;
    const failure = error instanceof ApplicationFailure && { type: error.type, nonRetryable: error.nonRetryable };
    return { name, message, ...failure, cancelled: error instanceof CancelledFailure, heartbeats };
  }
}

console.log(
  JSON.stringify({
    shown: await ended({ tool: 'show', args: { times: 1 } }),
    silent: await ended({ tool: 'show' }, undefined, { heartbeatTimeoutMs: undefined }),
    broken: await ended({ tool: 'broken' }),
    refused: await ended({ tool: 'show', args: { times: 'many' } }),
    cancelled: await ended({ tool: 'stay' }, 'CANCELLED'),
    shutdown: await ended({ tool: 'stay' }, 'WORKER_SHUTDOWN'),
  }),
);
