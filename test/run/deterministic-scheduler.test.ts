import { createHash } from 'node:crypto';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadPatternEngine } from '../../src/definition/values/pattern.ts';
import { Redactor } from '../../src/masking/redactor.ts';
import { makePlan } from '../../src/plan/make-plan.ts';
import type { RunInput } from '../../src/run/context/run-input.ts';
import type { Answer, ExecutionBackend, HeldLock, Question } from '../../src/run/execution-backend.ts';
import { executePlan } from '../../src/run/interpreter/run.ts';
import { soundCatalog, toolNamed } from '../definition/read.ts';

beforeAll(loadPatternEngine);

const RUNS = process.env.LONG ? 2_000 : 150;

interface Done {
  readonly name: string;
  readonly result: unknown;
}

/**
 * Durable in the way of durable engines: operations are numbered as they are asked for, and what number came to what is
 * remembered. Asked again, it answers from memory, and a number that is asked for under another name is a failure for ever.
 * What work comes to follows from its name; how long it takes is chance.
 */
class RememberingBackend implements ExecutionBackend {
  readonly memory: Map<number, Done>;
  /** In the order of their ends: what is remembered when the process is killed is a beginning of this. */
  readonly ends: number[] = [];
  readonly worked: string[] = [];
  readonly #chance: () => number;
  #asked = 0;

  constructor(memory: Map<number, Done>, seed: number) {
    this.memory = memory;
    this.#chance = chanceOf(seed);
  }

  stepRecord = () => undefined;
  reportsBelow = () => [];
  ended = () => undefined;
  event = () => undefined;

  step<T>(name: string): Promise<T> {
    return this.#remembered(`step ${name}`, async () => {
      this.worked.push(name);
      await this.#pass();
      const [number = 0] = createHash('sha256').update(name).digest();
      if (number < 50) return { status: 'failed', exitCode: 1, reason: { why: 'exit-code', code: 1 } };
      return { status: 'succeeded', exitCode: 0, outputs: { v: name } };
    }) as Promise<T>;
  }

  recordOrder(first: () => Promise<string>): Promise<string> {
    return this.#remembered('order', first);
  }

  sleep(name: string): Promise<void> {
    return this.#remembered(`sleep ${name}`, () => this.#pass());
  }

  waitForApproval({ step, nth }: Question): Promise<Answer> {
    return this.#remembered(`wait ${step} ${nth}`, async () => {
      await this.#pass();
      return { approved: step.length % 3 !== 0, by: 'a person' };
    });
  }

  async lock(name: string, step: string): Promise<HeldLock> {
    await this.#remembered(`lock ${name} ${step}`, () => this.#pass());
    return { release: () => undefined };
  }

  async #remembered<T>(name: string, work: () => Promise<T>): Promise<T> {
    const number = this.#asked++;
    const known = this.memory.get(number);
    if (known !== undefined) {
      if (known.name !== name) throw new Error(`"${known.name}" is remembered where "${name}" is asked for`);
      return known.result as T;
    }
    const result = await work();
    this.memory.set(number, { name, result });
    this.ends.push(number);
    return result;
  }

  async #pass(): Promise<void> {
    for (let turns = this.#chance() % 5; turns > 0; turns--) await turnOfTheLoop();
  }
}

function chanceOf(seed: number): () => number {
  let state = seed + 1;
  return () => (state = (state * 48_271) % 2_147_483_647);
}

const choice = fc.constantFrom;
const step = fc.record({
  needs: fc.array(fc.nat(7), { maxLength: 3 }),
  if: choice('', 'always()', 'failure()', 'success()', "steps.s0.outputs.v == 'x'"),
  more: choice('', 'continueOnError: true', 'approve: always', 'lock: one', 'retry: {limit: 2, delay: 1ms}'),
  each: choice('', '', '[]', '[1]', '[1,2,3,4]'),
  lanes: choice(1, 2, 3),
  uses: choice(false, false, true),
});

function toolOf(steps: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[]): string {
  const lines = steps.map(({ needs, if: condition, more, each, lanes, uses }, at) => {
    const ids = [...new Set(needs.filter((one) => one < at))].map((one) => `s${one}`);
    const parts = [
      `id: s${at}`,
      `needs: [${ids.join(', ')}]`,
      uses ? 'uses: sub' : `run: 'true'`,
      ...(condition === '' || (condition.includes('s0') && !ids.includes('s0')) ? [] : [`if: ${condition}`]),
      ...(more === '' ? [] : [more]),
      ...(each === '' ? [] : [`forEach: '\${{ fromJSON(''${each}'') }}', maxParallel: ${lanes}`]),
    ];
    return `  - {${parts.join(', ')}}\n`;
  });
  return `kind: tool
name: main
steps:
${lines.join('')}---
kind: tool
name: sub
steps:
  - {id: a, run: 'true', retry: {limit: 1, delay: 1ms}}
  - {id: b, needs: [], run: 'true'}
  - {id: c, needs: [a, b], run: 'true'}
outputs: {v: '\${{ steps.c.outputs.v }}'}
`;
}

/** Of the attempts that were done. */
function namesOf(memory: ReadonlyMap<number, Done>): string[] {
  return [...memory.values()].flatMap(({ name }) => (name.startsWith('step ') ? [name.slice(5)] : [])).sort();
}

async function come(text: string, backend: ExecutionBackend) {
  const catalog = soundCatalog(text);
  const plan = makePlan(
    { tool: toolNamed(catalog, 'main'), given: {}, argsMayBeMissing: false },
    { tools: catalog.tools, facts: null, files: () => [] },
  );
  const never = new AbortController().signal;
  const input: RunInput = {
    plan,
    runId: 'r',
    root: '/',
    files: { pathsOf: () => [] },
    idempotencyKey: 'key',
    callerEnv: {},
    hostEnv: {},
    secrets: new Map(),
    machineFiles: new Map(),
    capabilities: { sandbox: null, containers: null, arch: process.arch },
    lockPath: (name) => name,
    parallel: 2,
    cancel: never,
    kill: never,
  };
  const { status, steps } = await executePlan(input, backend, new Redactor([]));
  return { status, ends: steps.map(({ id, status: end, attempts }) => `${id} ${end} ${attempts}`).sort() };
}

describe('the interpreter', () => {
  test(`makes the same requests to a backend that replays, wherever it was killed and whatever the timing (${RUNS} graphs)`, {
    timeout: 300_000,
  }, async () => {
    const graph = fc.array(step, { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(graph, fc.nat(), fc.double({ min: 0, max: 1, noNaN: true }), async (steps, seed, share) => {
        const text = toolOf(steps);
        const first = new RememberingBackend(new Map(), seed);
        const whole = await come(text, first);
        const idle = steps.flatMap(({ each }, at) => (each === '[]' ? [`s${at} succeeded 0`] : []));
        expect(whole.ends.filter((one) => one.endsWith(' succeeded 0') && !idle.includes(one))).toEqual([]);
        expect(await come(text, new RememberingBackend(new Map(first.memory), seed + 3))).toEqual(whole);
        const kept = first.ends.slice(0, Math.floor(first.ends.length * share));
        const memory = new Map(kept.map((number) => [number, first.memory.get(number) as Done]));
        const known = namesOf(memory);
        const second = new RememberingBackend(memory, seed + 7);
        // What was not remembered may come in another order now, and from then on that one holds.
        const resumed = await come(text, second);
        expect(await come(text, new RememberingBackend(new Map(second.memory), seed + 5))).toEqual(resumed);
        // Another attempt of a call does the steps of the called tool again, under their names.
        expect([...known, ...second.worked].sort()).toEqual(namesOf(second.memory));
      }),
      { numRuns: RUNS },
    );
  });

  test('a backend that fails ends the run with its failure', async () => {
    const text = toolOf([{ needs: [], if: '', more: '', each: '', lanes: 1, uses: false }]);
    const backend = new RememberingBackend(new Map([[0, { name: 'step other', result: 0 }]]), 1);
    await expect(come(text, backend)).rejects.toThrow('"step other" is remembered where "step s0#1" is asked for');
    const gone = new RememberingBackend(new Map(), 1);
    gone.recordOrder = () => Promise.reject(new Error('the database is gone'));
    await expect(come(text, gone)).rejects.toThrow('the database is gone');
  });
});
