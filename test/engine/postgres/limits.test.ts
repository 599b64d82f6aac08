import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { QueueOptions } from '../../../src/project/runs/call-options.ts';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const GATED = `
args: {name: {type: string}, gate: {type: string}, marks: {type: string}}
steps:
  - {id: one, run: 'echo "in $INPUT_NAME" >> "$INPUT_MARKS"; read x < "$INPUT_GATE"; echo "out $INPUT_NAME" >> "$INPUT_MARKS"'}
`;
const FAST = `
args: {name: {type: string}, marks: {type: string}}
steps:
  - {id: one, run: 'echo "in $INPUT_NAME" >> "$INPUT_MARKS"; echo "out $INPUT_NAME" >> "$INPUT_MARKS"'}
`;

/** Runs of one queue, each of which stays until its gate is opened. */
class Crowd {
  readonly rig: EngineWorkshop;
  readonly runs = new Map<string, string>();
  readonly #gates = new Map<string, () => Promise<void>>();

  private constructor(rig: EngineWorkshop) {
    this.rig = rig;
  }

  static async open(queues: string): Promise<Crowd> {
    const files = {
      'tools/gated.yaml': GATED,
      'tools/other.yaml': GATED,
      'tools/fast.yaml': FAST,
      'lockstep.yaml': `engine:\n  type: postgres\n  queues: ${queues}\n`,
    };
    return new Crowd(await EngineWorkshop.open(postgres, files));
  }

  async gated(name: string, queue: QueueOptions, tool = 'gated'): Promise<string> {
    const gate = this.rig.shop.gate(`gate-${name}`);
    this.#gates.set(name, () => gate.open());
    const values = { name, gate: gate.path, marks: this.rig.shop.mark('marks') };
    return this.#submit(name, tool, values, queue);
  }

  async fast(name: string, queue: QueueOptions = {}): Promise<string> {
    return this.#submit(name, 'fast', { name, marks: this.rig.shop.mark('marks') }, queue);
  }

  async #submit(name: string, tool: string, values: Readonly<Record<string, string>>, queue: QueueOptions) {
    const run = await this.rig.submit(tool, { values, queue });
    this.runs.set(name, run);
    return run;
  }

  /** The names of those that are at work, in the order in which they began. */
  get inside(): readonly string[] {
    return mostInside(this.rig.marks('marks'), () => true).inside;
  }

  /** The most that ever were at work at one time. */
  most(which: (name: string) => boolean = () => true): number {
    return mostInside(this.rig.marks('marks'), which).most;
  }

  /** Lets one after the other go, each when as many as may be are at work. */
  async letAllGo(atOnce: number): Promise<void> {
    for (let left = this.#gates.size; left > 0; left -= 1) {
      await soon(() => this.inside).toHaveLength(Math.min(atOnce, left));
      const [first] = this.inside;
      await this.#gates.get(first ?? '')?.();
      await soon(() => this.rig.marks('marks')).toContain(`out ${first}`);
    }
    for (const run of this.runs.values()) expect((await this.rig.ended(run)).status).toBe('succeeded');
  }

  async letGo(name: string): Promise<void> {
    await this.#gates.get(name)?.();
    expect((await this.rig.ended(this.runs.get(name) ?? '')).status).toBe('succeeded');
  }

  async statusOf(name: string): Promise<string> {
    return (await this.rig.show(this.runs.get(name) ?? '')).status;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.rig[Symbol.asyncDispose]();
  }
}

function mostInside(marks: readonly string[], which: (name: string) => boolean) {
  const inside: string[] = [];
  let most = 0;
  for (const mark of marks) {
    const [way, name = ''] = mark.split(' ');
    if (!which(name)) continue;
    if (way === 'in') inside.push(name);
    else inside.splice(inside.indexOf(name), 1);
    most = Math.max(most, inside.length);
  }
  return { inside, most };
}

/** Lets one after the other go, however many are at work. */
async function allGo(crowd: Crowd): Promise<void> {
  for (let left = crowd.runs.size; left > 0; left -= 1) {
    await soon(() => crowd.inside.length).toBeGreaterThan(0);
    await crowd.letGo(crowd.inside[0] ?? '');
  }
}

describe('runs at one time', () => {
  test('of a queue, over all workers', async () => {
    await using crowd = await Crowd.open('{narrow: {concurrency: 2}}');
    for (const name of ['a', 'b', 'c', 'd', 'e']) await crowd.gated(name, { queue: 'narrow' });
    for (const _ of [1, 2]) await crowd.rig.worker('--queues', 'narrow', '--concurrency', '4');
    await crowd.letAllGo(2);
    expect(crowd.most()).toBe(2);
  });

  test('of each key, and of the queue beside it', async () => {
    await using crowd = await Crowd.open('{narrow: {concurrency: 3, perKey: {concurrency: 2}}}');
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'])
      await crowd.gated(name, { queue: 'narrow', key: name.slice(0, 1) });
    for (const _ of [1, 2]) await crowd.rig.worker('--queues', 'narrow', '--concurrency', '6');
    await soon(() => crowd.inside).toHaveLength(3);
    await allGo(crowd);
    expect(crowd.most()).toBeLessThanOrEqual(3);
    for (const key of ['a', 'b']) expect(crowd.most((name) => name.startsWith(key))).toBeLessThanOrEqual(2);
  });

  test('of each tool, where no key is given', async () => {
    await using crowd = await Crowd.open('{narrow: {perKey: {concurrency: 1}}}');
    await crowd.gated('a1', { queue: 'narrow' });
    await crowd.gated('a2', { queue: 'narrow' });
    await crowd.gated('b1', { queue: 'narrow' }, 'other');
    for (const _ of [1, 2]) await crowd.rig.worker('--queues', 'narrow', '--concurrency', '4');
    await soon(() => [...crowd.inside].sort()).toEqual(['a1', 'b1']);
    expect(await crowd.statusOf('a2')).toBe('queued');
    await crowd.letGo('a1');
    await soon(() => [...crowd.inside].sort()).toEqual(['a2', 'b1']);
    await crowd.letGo('a2');
    await crowd.letGo('b1');
    expect(crowd.most((name) => name.startsWith('a'))).toBe(1);
  });

  test('of a queue and of each key, whatever labels the runs ask for', async () => {
    await using crowd = await Crowd.open('{narrow: {concurrency: 3, perKey: {concurrency: 2}}}');
    const labels = [[], ['gpu'], ['gpu', 'linux'], ['linux']];
    for (const [at, label] of [...labels, ...labels].entries())
      await crowd.gated(`${'ab'[at % 2]}${at}`, { queue: 'narrow', labels: label, key: 'ab'[at % 2] ?? '' });
    for (const has of ['gpu,linux', 'linux', 'gpu,linux'])
      await crowd.rig.worker('--queues', 'narrow', '--labels', has, '--concurrency', '8');
    await crowd.rig.worker('--queues', 'narrow', '--concurrency', '8');
    await soon(() => crowd.inside).toHaveLength(3);
    await allGo(crowd);
    expect(crowd.most()).toBeLessThanOrEqual(3);
    for (const key of ['a', 'b']) expect(crowd.most((name) => name.startsWith(key))).toBeLessThanOrEqual(2);
  });

  test('of a queue: runs that no worker can take hold back no others', async () => {
    await using crowd = await Crowd.open('{narrow: {concurrency: 1, perKey: {concurrency: 1}}}');
    for (const name of ['x1', 'x2']) await crowd.gated(name, { queue: 'narrow', labels: ['gpu'], key: 'a' });
    await crowd.gated('a1', { queue: 'narrow', key: 'a' });
    await crowd.rig.worker('--queues', 'narrow', '--labels', 'linux');
    await soon(() => crowd.inside).toEqual(['a1']);
    await crowd.rig.worker('--queues', 'narrow', '--labels', 'gpu');
    await crowd.letGo('a1');
    await soon(() => crowd.inside).toEqual(['x1']);
    for (const name of ['x1', 'x2']) await crowd.letGo(name);
    expect(crowd.most()).toBe(1);
  });

  test('of a key, also after another worker has taken one over', async () => {
    await using crowd = await Crowd.open('{narrow: {perKey: {concurrency: 1}}}');
    const run = await crowd.gated('a1', { queue: 'narrow', key: 'a' });
    const first = await crowd.rig.worker('--queues', 'narrow');
    await soon(() => crowd.inside).toEqual(['a1']);
    await crowd.gated('a2', { queue: 'narrow', key: 'a' });
    const second = await crowd.rig.worker('--queues', 'narrow');
    first.signal('SIGKILL');
    await second.until(`took ${run}`);
    await soon(() => crowd.rig.marks('marks')).toEqual(['in a1', 'in a1']);
    await crowd.letGo('a1');
    await soon(() => crowd.rig.marks('marks')).toEqual(['in a1', 'in a1', 'out a1', 'in a2']);
    await crowd.letGo('a2');
  });

  test('of a key that the submitter gave before the queue had limits for keys', async () => {
    await using crowd = await Crowd.open('{narrow: {concurrency: 5}}');
    for (const name of ['a1', 'a2']) await crowd.gated(name, { queue: 'narrow', key: 'a' });
    await crowd.gated('b1', { queue: 'narrow' });
    crowd.rig.shop.write('lockstep.yaml', 'engine: {type: postgres, queues: {narrow: {perKey: {concurrency: 1}}}}\n');
    await crowd.rig.worker('--queues', 'narrow', '--concurrency', '4');
    await soon(() => [...crowd.inside].sort()).toEqual(['a1', 'b1']);
    for (const name of ['a1', 'b1', 'a2']) await crowd.letGo(name);
    expect(crowd.most((name) => name.startsWith('a'))).toBe(1);
  });
});

/** Longer than a test. */
const A_DAY = 86_400;

describe('starts within a time', () => {
  test('of a queue, over all workers', async () => {
    await using crowd = await Crowd.open(`{slow: {rate: {limit: 2, seconds: ${A_DAY}}}}`);
    for (const name of ['a', 'b', 'c']) await crowd.fast(name, { queue: 'slow' });
    for (const _ of [1, 2]) await crowd.rig.worker('--queues', 'slow,default');
    for (const name of ['a', 'b']) await crowd.rig.ended(crowd.runs.get(name) ?? '');
    await othersRun(crowd, 'default');
    expect(begunOf(crowd, /^in [abc]$/)).toEqual(['in a', 'in b']);
    expect(await crowd.statusOf('c')).toBe('queued');
  });

  test('of a queue, whatever labels the runs ask for', async () => {
    await using crowd = await Crowd.open(`{slow: {rate: {limit: 2, seconds: ${A_DAY}}}}`);
    for (const [name, labels] of [
      ['a', ['gpu']],
      ['b', ['linux']],
      ['c', []],
    ] as const)
      await crowd.fast(name, { queue: 'slow', labels });
    for (const has of ['gpu', 'linux']) await crowd.rig.worker('--queues', 'slow,default', '--labels', has);
    await soon(() => begunOf(crowd, /^in [abc]$/)).toHaveLength(2);
    await othersRun(crowd, 'default');
    expect(begunOf(crowd, /^in [abc]$/)).toHaveLength(2);
  });

  test('of each key', async () => {
    await using crowd = await Crowd.open(`{slow: {perKey: {rate: {limit: 1, seconds: ${A_DAY}}}}}`);
    for (const name of ['a1', 'a2', 'b1', 'b2']) await crowd.fast(name, { queue: 'slow', key: name.slice(0, 1) });
    for (const _ of [1, 2]) await crowd.rig.worker('--queues', 'slow');
    for (const name of ['a1', 'b1']) await crowd.rig.ended(crowd.runs.get(name) ?? '');
    await othersRun(crowd, 'slow');
    expect(begunOf(crowd, /^in [ab]\d$/)).toEqual(['in a1', 'in b1']);
    for (const name of ['a2', 'b2']) expect(await crowd.statusOf(name)).toBe('queued');
  });
});

function begunOf(crowd: Crowd, which: RegExp): readonly string[] {
  return crowd.rig
    .marks('marks')
    .filter((mark) => which.test(mark))
    .sort();
}

/** Runs of another queue or of other keys go on meanwhile: the workers have looked at what waits. */
async function othersRun(crowd: Crowd, queue: string): Promise<void> {
  for (const name of ['x', 'y', 'z']) {
    const run = await crowd.fast(name, { queue, key: name });
    expect((await crowd.rig.ended(run)).status).toBe('succeeded');
  }
}

test('a key of --dedupe has one run, also where many submit at once', async () => {
  await using crowd = await Crowd.open('{}');
  const runs = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => crowd.fast(name, { dedupe: 'order-7' })));
  expect(new Set(runs).size).toBe(1);
  expect(await crowd.rig.query('SELECT count(*)::int AS count FROM lockstep.run')).toEqual([{ count: 1 }]);
});

/** Later than the test ends, and within what a worker grants to clocks that differ. */
const IN_FOUR_MINUTES_MS = 240_000;

test('a run with a time and a priority waits for its time, and then comes by its priority', async () => {
  await using crowd = await Crowd.open('{narrow: {concurrency: 1}}');
  await crowd.gated('first', { queue: 'narrow' });
  await crowd.rig.worker('--queues', 'narrow');
  await soon(() => crowd.inside).toEqual(['first']);
  await crowd.gated('late', { queue: 'narrow', priority: 5 });
  const waits = await crowd.gated('timed', {
    queue: 'narrow',
    priority: 1,
    starts: new Date(Date.now() + IN_FOUR_MINUTES_MS),
  });
  expect((await crowd.rig.show(waits)).status).toBe('queued');
  const delayed = () =>
    crowd.rig.query(`SELECT status FROM lockstep_dbos.workflow_status WHERE workflow_uuid = '${waits}'`);
  expect(await delayed()).toEqual([{ status: 'DELAYED' }]);
  // Its time comes.
  await crowd.rig.query(
    `UPDATE lockstep_dbos.workflow_status SET delay_until_epoch_ms = 1 WHERE workflow_uuid = '${waits}'`,
  );
  await soon(delayed).toEqual([{ status: 'ENQUEUED' }]);
  await crowd.letGo('first');
  await soon(() => crowd.inside).toEqual(['timed']);
});
