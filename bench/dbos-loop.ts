/**
 * `dbos-loop.ts URL STEPS`: a bare workflow of DBOS that starts a program so many times, one after the other, through execa, and
 * records each result and then the order, as an interpreter of a graph has to. Prints the milliseconds.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { bareStep } from './bare-step.ts';

const [, , url = '', steps = '0'] = process.argv;
const quiet = { info: () => undefined, debug: () => undefined, warn: () => undefined, error: () => undefined };

async function chain(count: number): Promise<number> {
  for (let step = 0; step < count; step += 1) {
    await DBOS.runStep(bareStep, { name: `step${step}` });
    await DBOS.runStep(async () => `step${step}`, { name: 'order' });
  }
  return count;
}

DBOS.setConfig({ name: 'bare', systemDatabaseUrl: url, logger: quiet, useListenNotify: false });
const workflow = DBOS.registerWorkflow(chain, { name: 'chain' });
await DBOS.launch();
await workflow(5);
const began = performance.now();
await workflow(Number(steps));
console.log(performance.now() - began);
await DBOS.shutdown();
