/**
 * `node --expose-gc measured-server.ts ROOT`: serves a repository in this process and answers each message of its parent with
 * what it holds: `{heap, descriptors}`, after a collection of garbage.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LiveProject } from '../../src/project/serving/live-project.ts';
import { Tokens } from '../../src/project/serving/tokens.ts';
import { serve } from '../../src/server/serve.ts';

const [, , root = ''] = process.argv;
const live = await LiveProject.open({ cwd: root, env: process.env }, new AbortController().signal);
const { project } = live;
const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
const { url, token } = await serve({
  ...{ live, host: '127.0.0.1', port: 0, names: [], allowView: false, log: silent },
  tokens: new Tokens(process.env.LOCKSTEP_STATE_DIR ?? '', project.root, project.now),
  console: join(import.meta.dirname, '../../dist/console'),
});
process.on('message', () => {
  for (let round = 0; round < 3; round += 1) globalThis.gc?.();
  process.send?.({ heap: process.memoryUsage().heapUsed, descriptors: readdirSync('/proc/self/fd').length });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url, token });
