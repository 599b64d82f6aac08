/**
 * `restate-loop.ts MODULES RUNS STEPS CONCURRENCY`: so many invocations of a handler of Restate, whose server is installed in
 * MODULES. Each starts a program so many times through execa and records each result; so many clients wait for them.
 * Prints the milliseconds.
 */
import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type Context, createEndpointHandler, service } from '@restatedev/restate-sdk';
import { RestateServer } from '../test/rig/restate-server.ts';
import { bareStep } from './bare-step.ts';

const [, , modules = '', ...numbers] = process.argv;
const [runs = 0, steps = 0, concurrency = 1] = numbers.map(Number);

async function run(ctx: Context): Promise<number[]> {
  const results: number[] = [];
  for (let step = 0; step < steps; step += 1) results.push(await ctx.run(`step${step}`, bareStep));
  return results;
}

await using server = await RestateServer.start(modules);
const services = [service({ name: 'bare', handlers: { run } })];
const endpoint = createServer(createEndpointHandler({ services, logger: () => undefined }));
await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
const { port } = endpoint.address() as AddressInfo;
const { status, body } = await server.admin('POST', '/deployments', { uri: `http://127.0.0.1:${port}` });
if (status !== 201) throw new Error(body);

let left = 0;
async function client(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const answer = await server.ingress('POST', '/bare/run');
    if (answer.status !== 200) throw new Error(answer.body);
  }
}

async function submitted(count: number): Promise<void> {
  left = count;
  await Promise.all(Array.from({ length: concurrency }, client));
}

await submitted(5);
const began = performance.now();
await submitted(runs);
console.log(performance.now() - began);
await server[Symbol.asyncDispose]();
endpoint.close();
