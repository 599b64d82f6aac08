import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.onSmallDisk(128 * 1024 * 1024);
});
afterAll(() => postgres[Symbol.asyncDispose]());

/** What the first step says fits into no page that the database has already. */
const TOOLS = {
  'tools/two.yaml': `
args: {gate: {type: string}, marks: {type: string}}
steps:
  - id: one
    run: echo one >> "$INPUT_MARKS"; read x < "$INPUT_GATE"; head -c 90000 /dev/urandom | base64; echo over >> "$INPUT_MARKS"
  - {id: two, needs: [one], run: 'echo two >> "$INPUT_MARKS"'}
`,
  'tools/large.yaml': 'args: {text: {type: string}}\nsteps: [{id: one, run: "true"}]\n',
};

test('where the disk is full, nothing starts and nothing is lost, and all goes on when there is room', async () => {
  await using rig = await EngineWorkshop.open(postgres, TOOLS);
  const [gate, marks] = [rig.shop.gate(), rig.shop.mark('marks')];
  await rig.worker();
  const run = await rig.submit('two', { values: { gate: gate.path, marks } });
  await soon(() => rig.marks('marks')).toEqual(['one']);
  await postgres.fillDisk();
  const text = `text=${randomBytes(30_000).toString('base64')}`;
  const submit = () => rig.lockstep('run', 'large', '--engine', 'postgres', '--detach', '--arg', text);
  expect(submit()).toMatchObject({ code: 3, stderr: expect.stringContaining('the disk of the database is full') });
  expect(submit().stderr).toContain('lockstep engine prune');
  // What only reads goes on.
  for (const words of [
    ['runs', 'list', '--engine', 'postgres'],
    ['engine', 'status'],
  ])
    expect(rig.lockstep(...words)).toMatchObject({ code: 0, stdout: expect.stringContaining('running') });
  const refusals = await refused(rig);
  await gate.open();
  await soon(() => rig.marks('marks')).toEqual(['one', 'over']);
  await soon(() => refused(rig)).toBeGreaterThan(refusals + 3);
  expect(rig.marks('marks')).toEqual(['one', 'over']);
  expect((await rig.show(run)).status).toBe('running');
  await postgres.emptyDisk();
  expect(await rig.ended(run)).toMatchObject({ status: 'succeeded', steps: [{ id: 'one' }, { id: 'two' }] });
  expect(rig.marks('marks')).toEqual(['one', 'over', 'two']);
  expect(submit().code).toBe(0);
  expect((await rig.ended('last')).status).toBe('succeeded');
});

/** Statements that the database refused. */
async function refused(rig: EngineWorkshop): Promise<number> {
  const [row] = await rig.query(
    'SELECT xact_rollback::int AS count FROM pg_stat_database WHERE datname = current_database()',
  );
  return Number(row?.count);
}
