import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { jobOf, outsider, refusal, replaceJob } from '../../rig/forgery.ts';
import { Postgres } from '../../rig/postgres.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const CANARY = 'canary-of-the-group-1';
/** Copies its secret to where its argument says. */
const LEAK = `args: {to: {type: string}}\nsecrets: [TOKEN]\nsteps: [{id: one, run: 'echo "$TOKEN" >> "$INPUT_TO"'}]\n`;

test('a worker chooses no group for a job that names none', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/leak.yaml': LEAK }, { TOKEN: CANARY });
  const { identity } = outsider(rig);
  const to = rig.shop.mark('stolen');
  const runs = [await rig.submit('leak', { values: { to } }), await rig.submit('leak', { values: { to } })] as const;
  for (const [index, run] of runs.entries()) {
    const { sealed: _, group, ...job } = await jobOf(rig, run);
    const forged = { ...job, member: 'outsider', args: { to } };
    const named: object = index === 0 ? { group: null } : {};
    await replaceJob(rig, run, identity, { ...forged, ...named } as typeof forged & { group: null });
    expect(group).not.toBeNull();
  }
  await rig.worker();
  expect(await refusal(rig, runs[0])).toContain('its job names no group');
  expect(await refusal(rig, runs[1])).toContain('its job in the database is damaged');
  expect(rig.marks('stolen')).toEqual([]);
});
