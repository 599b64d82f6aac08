/**
 * A Temporal worker whose activity runs tools. It needs @temporalio/worker, a Temporal server and a checkout:
 * node examples/plugins/temporal/worker.ts FOLDER
 */
import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { openProject } from 'lockstep';
import { toolActivities } from 'lockstep/temporal';

// The worker's machine has the checkout and the identity: secrets are opened here.
const project = await openProject({ directory: process.argv[2] ?? '.' });
const worker = await Worker.create({
  taskQueue: 'tools',
  workflowsPath: fileURLToPath(new URL('workflows.ts', import.meta.url)),
  activities: toolActivities(project, { tools: ['build', 'deploy'] }),
  // At SIGTERM: the time that running tools have to end by themselves, before they are cancelled and tried elsewhere.
  shutdownGraceTime: '1m',
});
await worker.run();
