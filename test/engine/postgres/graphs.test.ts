import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop, submitted } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';

const isLong = process.env.LONG === '1';
/** In one repository. Each run checks all of them out. */
const GRAPHS = isLong ? 50 : 10;
const REPOSITORIES = isLong ? 20 : 1;
/** A worker is killed whenever so many more graphs have ended. */
const KILL_EVERY = 5;

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** The same numbers for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 3266489917) >>> 0;
    return state % below;
  };
}

/** A tool of three to eight steps: some fail, some are forgiven, some run for each of several items, in any case, or on any worker. */
function graph(seed: number): string {
  const random = randomOf(seed);
  const count = 3 + random(6);
  const steps = Array.from({ length: count }, (_, at) => {
    const needs = Array.from({ length: at }, (__, before) => before).filter(() => random(3) === 0);
    const kind = random(8);
    const keys = [
      `id: s${at}`,
      `needs: [${needs.map((one) => `s${one}`).join(', ')}]`,
      ...(kind === 1 ? ['continueOnError: true'] : []),
      ...(kind === 2 ? ["forEach: '${{ fromJSON(''[1,2,3]'') }}'"] : []),
      ...(kind === 3 ? ['if: always()'] : []),
      ...(kind === 4 ? ['retry: {limit: 1, delay: 10ms}'] : []),
      ...(random(3) === 0 ? ['runsOn: any'] : []),
      `run: 'echo s${at}; ${kind < 2 || kind === 4 ? 'exit 3' : 'true'}'`,
    ];
    return `  - {${keys.join(', ')}}\n`;
  });
  return `steps:\n${steps.join('')}`;
}

/** How each step ended, whatever the order. */
function ends(steps: readonly { readonly id: string; readonly status: string }[]): readonly string[] {
  return steps.map(({ id, status }) => `${id} ${status}`).sort();
}

const TIMES = Array.from({ length: REPOSITORIES }, (_, nth) => nth);

test.each(TIMES)(
  'random graphs end on killed workers as they end here: %i',
  { timeout: isLong ? 900_000 : 120_000 },
  async (nth) => {
    const seeds = Array.from({ length: GRAPHS }, (_, at) => nth * GRAPHS + at);
    const names = seeds.map((seed) => `graph${seed}`);
    const tools = Object.fromEntries(seeds.map((seed) => [`tools/graph${seed}.yaml`, graph(seed)]));
    await using rig = await EngineWorkshop.open(postgres, tools);
    const workers = [await rig.worker(), await rig.worker()];
    const runs: string[] = [];
    const project = await rig.project();
    for (const name of names) runs.push(await submitted(project, name));
    const here = await rig.shop.project();
    for (const [at, run] of runs.entries()) {
      const there = await rig.ended(run);
      const local = await here.run(names[at] ?? '').result();
      expect([names[at], there.status, ends(there.steps.filter(({ id }) => !id.includes('[')))]).toEqual([
        names[at],
        local.status,
        ends(local.steps),
      ]);
      if (at % KILL_EVERY !== 0) continue;
      workers.shift()?.signal('SIGKILL');
      workers.push(await rig.worker());
    }
  },
);
