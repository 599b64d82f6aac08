import { Client } from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { StepLocks } from '../../../src/engine/postgres/step-locks.ts';
import { WorkerSession } from '../../../src/engine/postgres/worker-session.ts';
import { ALONE, EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { processesWith } from '../../rig/processes.ts';
import { soon } from '../../rig/soon.ts';

// Tests start workers, processes of their own, and restart the database.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** The locks of one worker, and what its step hears. */
function worker(url: string, name: string) {
  const session = new WorkerSession(url, name);
  const locks = new StepLocks(session, 'repository');
  const heard: string[] = [];
  const news = { tell: () => heard.push('waits'), lost: () => heard.push('lost') };
  const never = new AbortController().signal;
  return {
    ...{ session, heard },
    hold: () => locks.hold('shared', never, news),
    holdSent: () => locks.holdSent('shared', never, news),
  };
}

const SETTLED = `SELECT now() >= pg_postmaster_start_time() + interval '5 seconds' AS settled`;

test('after a restart of the database the holder of a lock has it again', async () => {
  const url = await postgres.database('empty');
  const [one, two] = [worker(url, 'one'), worker(url, 'two')];
  const held = await one.hold();
  expect(held).toHaveProperty('release');
  await postgres.restart();
  await soon(() => one.session.rows('SELECT 1 AS one').catch(() => [])).toEqual([{ one: 1 }]);
  const other = two.hold();
  await soon(async () => two.heard).toEqual(['waits']);
  expect(one.heard).toEqual([]);
  if (typeof held === 'object' && 'release' in held) held.release();
  expect(await other).toHaveProperty('release');
  await Promise.all([one.session.close(), two.session.close()]);
});

test('the next holder of a lock waits for the steps that a dead one has sent', async () => {
  const url = await postgres.database('empty');
  await soon(() => postgres.query(url, SETTLED)).toEqual([{ settled: true }]);
  const [dead, one, two] = [worker(url, 'dead'), worker(url, 'one'), worker(url, 'two')];
  expect(await dead.hold()).toHaveProperty('release');
  const sent = [await one.holdSent(), await two.holdSent(), await two.holdSent()];
  await dead.session.close();
  const next = two.hold();
  await soon(async () => two.heard).toContain('waits');
  const ended = vi.fn();
  void next.then(ended);
  for (const step of sent) {
    expect(ended).not.toHaveBeenCalled();
    if (typeof step === 'object' && 'release' in step) step.release();
  }
  expect(await next).toHaveProperty('release');
  await Promise.all([one.session.close(), two.session.close()]);
});

const LOCKED = {
  'tools/far.yaml': `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: one
    lock: shared
    runsOn: [gpu]
    shell: sh
    run: echo "$$" >> "$INPUT_MARKS"; test "$(wc -l < "$INPUT_MARKS")" -gt 1 || read x < "$INPUT_GATE"
`,
  'tools/near.yaml': `
args: {seen: {type: string}, marks: {type: string}}
steps:
  - id: one
    lock: shared
    shell: sh
    run: if kill -0 "$(head -1 "$INPUT_MARKS")"; then echo alive; else echo gone; fi >> "$INPUT_SEEN"
`,
};

test('where a worker dies, a step that it sent has ended before another one gets its lock', async () => {
  await using rig = await EngineWorkshop.open(postgres, LOCKED);
  // The gate stays closed: the first attempt ends by a kill.
  const [gate, marks, seen] = [rig.shop.gate(), rig.shop.mark('marks'), rig.shop.mark('seen')];
  const sender = await rig.worker('--concurrency', '1');
  const far = await rig.submit('far', { values: { gate: gate.path, marks } });
  await sender.until(`took ${far}`);
  const gpu = await rig.worker('--labels', 'gpu', '--concurrency', '1');
  await soon(() => rig.marks('marks')).toHaveLength(1);
  gpu.signal('SIGSTOP');
  const other = await rig.worker();
  const near = await rig.submit('near', { values: { marks, seen } });
  await other.until(`took ${near}`);
  sender.signal('SIGKILL');
  await other.until(`took ${far}`);
  gpu.signal('SIGCONT');
  for (const run of [near, far]) expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('seen')).toEqual(['gone']);
});

test('nobody takes a lock right after a restart, and a holder that comes back later hears that it has lost it', async () => {
  const url = await postgres.database('empty');
  const [one, two] = [worker(url, 'one'), worker(url, 'two')];
  expect(await one.hold()).toHaveProperty('release');
  await postgres.restart();
  expect(await two.hold()).toHaveProperty('release');
  expect(await postgres.query(url, SETTLED)).toEqual([{ settled: true }]);
  expect(one.heard).toEqual([]);
  await soon(() => one.session.rows('SELECT 1 AS one').catch(() => [])).toEqual([{ one: 1 }]);
  expect(one.heard).toEqual(['lost']);
  await Promise.all([one.session.close(), two.session.close()]);
});

test('a step whose lock is gone ends at once, and runs again when it has the lock again', async () => {
  await using rig = await EngineWorkshop.open(postgres, ALONE);
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  const holder = await rig.worker();
  const run = await rig.submit('alone', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toEqual(['in']);
  const { id } = await (await rig.project()).vault.require();
  const thief = new Client({ connectionString: rig.url });
  await thief.connect();
  // It is first in the queue for the lock when the session of the worker ends.
  const stolen = thief.query(`SELECT pg_advisory_lock(hashtextextended('lockstep/lock ${id} shared', 0))`);
  const queued = `SELECT count(*)::int AS count FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
  await soon(() => rig.query(queued)).toEqual([{ count: 1 }]);
  await rig.query('SELECT pg_terminate_backend(session) FROM lockstep.worker');
  await stolen;
  await holder.until(`left ${run}`);
  await soon(() => processesWith(`INPUT_GATE=${gate.path}`)).toEqual([]);
  expect(rig.marks('marks')).toEqual(['in']);
  await thief.end();
  await soon(() => rig.marks('marks')).toEqual(['in', 'in']);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['in', 'in', 'out']);
});
