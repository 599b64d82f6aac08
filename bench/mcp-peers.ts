import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { execa } from 'execa';
import { LONGEST_MS, WireServer } from './mcp-wire.ts';
import { installPeers, QUIET } from './peers.ts';
import type { Table, Timing } from './side-by-side.ts';

const LOCKSTEP = join(import.meta.dirname, '../bin/lockstep.js');
const PEER = '@toolbox-sdk/server@1.12.0';
const SIZES = [10, 1000] as const;
const CALLS = 100;
/** A host starts servers on files that were saved some time ago; fresh ones we read twice. */
const FILES_REST_MS = 2_500;

/** A server of tools: how it starts, and how one of its tools is saved with another description. */
interface Place {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  save(description: string): void;
}

/** What a host waits for (DESIGN: speed, MCP), beside the toolbox with as many tools of the same names. */
export async function measureMcpPeers(rounds: number): Promise<Table> {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-bench-'));
  try {
    const toolbox = join(installPeers(folder, [PEER]), '.bin/toolbox');
    const timings: Timing[] = [];
    for (const size of SIZES) {
      const [ours, theirs] = [ourPlace(folder, size), theirPlace(folder, size, toolbox)];
      await pause(FILES_REST_MS);
      timings.push(...(await cold(ours, theirs, size, Math.min(rounds, 10))));
      if (size === SIZES[1]) timings.push(...(await saves(ours, theirs, Math.min(rounds, 5))));
      else timings.push(...(await calls(ours, theirs)));
    }
    return { title: `MCP over stdio, beside ${PEER}`, rounds, timings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function ourPlace(folder: string, size: number): Place {
  const root = join(folder, `ours-${size}`);
  mkdirSync(join(root, 'tools'), { recursive: true });
  const text = (name: string, description: string) =>
    `kind: tool\nname: ${name}\ndescription: ${description}\nargs: {region: {type: string, default: eu, description: where}}\nsteps: [{id: say, run: 'true', shell: sh}]\n`;
  for (let at = 0; at < size; at += 1)
    writeFileSync(join(root, `tools/tool-${at}.yaml`), text(`tool-${at}`, 'A tool.'));
  const env = { ...process.env, HOME: folder, LOCKSTEP_STATE_DIR: join(folder, 'state') };
  return {
    ...{ name: 'lockstep', argv: [process.execPath, LOCKSTEP, 'mcp'], root, env },
    save: (description) => writeFileSync(join(root, 'tools/tool-0.yaml'), text('tool-0', description)),
  };
}

function theirPlace(folder: string, size: number, toolbox: string): Place {
  const root = join(folder, `theirs-${size}`);
  mkdirSync(join(root, 'tools'), { recursive: true });
  new DatabaseSync(join(root, 'db.sqlite')).close();
  const text = (name: string, description: string) =>
    `kind: tool\nname: ${name}\ntype: sqlite-sql\nsource: db\ndescription: ${description}\nparameters:\n  - {name: region, type: string, default: eu, description: where}\nstatement: SELECT 1 WHERE ? IS NOT NULL\n`;
  writeFileSync(
    join(root, 'tools/source.yaml'),
    `kind: source\nname: db\ntype: sqlite\ndatabase: ${join(root, 'db.sqlite')}\n`,
  );
  for (let at = 0; at < size; at += 1)
    writeFileSync(join(root, `tools/tool-${at}.yaml`), text(`tool-${at}`, 'A tool.'));
  const flags = ['--stdio', '--config-folder', join(root, 'tools'), '--disable-version-check'];
  return {
    ...{ name: 'toolbox', argv: [toolbox, ...flags], root, env: { ...process.env, ...QUIET } },
    save: (description) => writeFileSync(join(root, 'tools/tool-0.yaml'), text('tool-0', description)),
  };
}

/** From nothing to the list of all tools. In turn, so that whatever slows the machine slows both. */
async function cold(ours: Place, theirs: Place, size: number, rounds: number): Promise<Timing[]> {
  const times = new Map<Place, number[]>([
    [ours, []],
    [theirs, []],
  ]);
  for (let round = 0; round <= rounds; round += 1)
    for (const place of [ours, theirs]) {
      const start = performance.now();
      const server = await started(place);
      const found = await server.tools();
      // The first round fills caches.
      if (round > 0) times.get(place)?.push(performance.now() - start);
      if (found.length !== size) throw new Error(`${place.name} lists ${found.length} tools`);
      await server.end();
    }
  return timingsOf(`cold start to tools/list, ${size} tools`, [...times]);
}

/** What a call costs over what the tool does: a process of ours, a statement of theirs. */
async function calls(ours: Place, theirs: Place): Promise<Timing[]> {
  const database = new DatabaseSync(join(theirs.root, 'db.sqlite'));
  const statement = database.prepare('SELECT 1 WHERE ? IS NOT NULL');
  const bare = {
    spawn: await each(() => execa('sh', ['-c', 'true'], { buffer: false, stdin: 'ignore' })),
    statement: await each(async () => void statement.all('eu')),
  };
  database.close();
  const [our, their] = [await callsOf(ours), await callsOf(theirs)];
  return timingsOf('a call without what the tool does', [
    [ours, our.map((one) => one - median(bare.spawn))],
    [theirs, their.map((one) => one - median(bare.statement))],
  ]);
}

async function callsOf(place: Place): Promise<number[]> {
  const server = await started(place);
  const times = await each(() => server.call('tool-1'));
  await server.end();
  return times;
}

/** From a save to a list that shows it. */
async function saves(ours: Place, theirs: Place, rounds: number): Promise<Timing[]> {
  const times: [Place, number[]][] = [];
  for (const place of [ours, theirs]) {
    const server = await started(place);
    const found: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const description = `Round ${round}.`;
      const start = performance.now();
      place.save(description);
      while (!(await server.tools()).some((one) => one.description === description))
        if (performance.now() - start > LONGEST_MS) throw new Error(`${place.name} does not show a save`);
      found.push(performance.now() - start);
    }
    await server.end();
    times.push([place, found]);
  }
  return timingsOf('a save until the list shows it, 1000 tools', times);
}

async function started({ argv, root, env }: Place): Promise<WireServer> {
  const server = new WireServer(argv, root, env);
  await server.begin();
  return server;
}

async function each(work: () => PromiseLike<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < CALLS; at += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return times.slice(CALLS / 10);
}

/** The peer is the baseline. */
function timingsOf(what: string, times: readonly (readonly [Place, readonly number[]])[]): Timing[] {
  const baseline = median(times.at(-1)?.[1] ?? []);
  return times.map(([{ name }, all]) => ({
    name: `${what}: ${name}`,
    minimumMs: Math.min(...all),
    medianMs: median(all),
    ratio: median(all) / baseline,
  }));
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
