import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planReport } from '../src/plan/plan-report.ts';
import { LiveProject } from '../src/project/serving/live-project.ts';
import { Tokens } from '../src/project/serving/tokens.ts';
import { ServerEvents } from '../src/server/events/server-events.ts';
import { serve } from '../src/server/serve.ts';
import type { Table } from './side-by-side.ts';

const TOOLS = 1_000;
/** What a save waits for: chokidar's events that come together, and two looks at files that hold still. */
const DEBOUNCE_MS = 80 + 50;
const READERS = 100;

/** What serving costs: a save until it is in force, a call over HTTP, an event to many readers. */
export async function measureServe(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  const closing = new AbortController();
  try {
    makeTools(folder);
    const env = { ...process.env, LOCKSTEP_STATE_DIR: join(folder, '../state') };
    const live = await LiveProject.open({ cwd: folder, env }, closing.signal);
    const { project } = live;
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const server = await serve({
      ...{ live, host: '127.0.0.1', port: 0, names: [], allowView: false, log: silent },
      tokens: new Tokens(env.LOCKSTEP_STATE_DIR, project.root, project.now),
      console: join(import.meta.dirname, '../dist/console'),
    });
    const headers = { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' };
    const call = async () => {
      const url = new URL('/api/v1/tools/tool-1/plan', server.url);
      await (await fetch(url, { method: 'POST', headers, body: '{}' })).arrayBuffer();
    };
    const timings = [
      await timed('the event of the file system alone', rounds, (at) => fileEvent(folder, at)),
      await timed(`a save in force, ${TOOLS} tools (without ${DEBOUNCE_MS} ms of waiting)`, rounds, async (at) => {
        const start = performance.now();
        await saved(live, folder, at);
        return performance.now() - start - DEBOUNCE_MS;
      }),
      await timed('a plan, called in the process', rounds * 4, () =>
        elapsed(async () => void planReport(await project.plan('tool-1'))),
      ),
      await timed('the same over HTTP', rounds * 4, () => elapsed(call)),
      await timed(`an event to ${READERS} readers`, rounds, fanOut),
    ];
    await server.drain();
    const baseline = timings[0]?.medianMs ?? Number.NaN;
    return { title: 'serving', rounds, timings: timings.map((one) => ({ ...one, ratio: one.medianMs / baseline })) };
  } finally {
    closing.abort();
    rmSync(folder, { recursive: true, force: true });
  }
}

function makeTools(folder: string): void {
  mkdirSync(join(folder, 'tools'));
  for (let at = 0; at < TOOLS; at += 1) writeFileSync(join(folder, `tools/tool-${at}.yaml`), toolText(at, 'first'));
}

function toolText(at: number, description: string): string {
  return `kind: tool\nname: tool-${at}\ndescription: ${description}\nsteps: [{id: say, run: echo}]\n`;
}

function saved(live: LiveProject, folder: string, round: number): Promise<void> {
  return new Promise((resolve) => {
    const end = live.onChange(() => {
      end();
      resolve();
    });
    writeFileSync(join(folder, 'tools/tool-7.yaml'), toolText(7, `save ${round}`));
  });
}

function fileEvent(folder: string, round: number): Promise<number> {
  return new Promise((resolve) => {
    const path = join(folder, 'README.md');
    writeFileSync(path, '');
    const watcher = watch(path, () => {
      watcher.close();
      resolve(performance.now() - start);
    });
    const start = performance.now();
    writeFileSync(path, `round ${round}`);
  });
}

async function fanOut(): Promise<number> {
  const events = new ServerEvents();
  const abort = new AbortController();
  const readers = Array.from({ length: READERS }, () => events.after(undefined, abort.signal));
  await Promise.all(readers.map((one) => one.next()));
  const waiting = readers.map((one) => one.next());
  const time = await elapsed(async () => {
    events.emit({ type: 'state', data: { snapshot: 'x', current: true } });
    await Promise.all(waiting);
  });
  abort.abort();
  return time;
}

async function elapsed(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function timed(name: string, rounds: number, once: (round: number) => Promise<number>) {
  await once(-1);
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) times.push(await once(round));
  times.sort((a, b) => a - b);
  return { name, minimumMs: times[0] ?? Number.NaN, medianMs: times[times.length >> 1] ?? Number.NaN, ratio: 1 };
}
