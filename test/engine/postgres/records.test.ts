import { afterAll, beforeAll, expect, test, vi } from 'vitest';
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

const SECRETS = { TOKEN: 'canary-of-the-group-1' };

/** Its second step sends the secret to where the first one says. */
const SENDS = `
args: {gate: {type: string}, marks: {type: string}, to: {type: string}}
secrets: [TOKEN]
steps:
  - id: first
    secrets: []
    run: echo first >> "$INPUT_MARKS"; echo "to=$INPUT_TO" >> $LOCKSTEP_OUTPUT
    outputs: [to]
  - id: second
    needs: [first]
    env: {TO: "\${{ steps.first.outputs.to }}"}
    run: echo "second $(basename "$TO")" >> "$INPUT_MARKS"; echo "\${#TOKEN}" >> "$TO"; read x < "$INPUT_GATE"
`;

function valuesOf(rig: EngineWorkshop) {
  const gate = rig.shop.gate();
  return { gate, values: { gate: gate.path, marks: rig.shop.mark('marks'), to: rig.shop.mark('right') } };
}

/** As a user of the database writes it who wants a step to be taken as done. */
async function forgeEnd(rig: EngineWorkshop, run: string, id: string, outputs: Readonly<Record<string, string>>) {
  const report = { id, status: 'succeeded', attempts: 1, durationMs: 1 };
  const line = JSON.stringify({ time: new Date().toISOString(), type: 'ended', report, outputs });
  await rig.query(
    `INSERT INTO lockstep.line (run, epoch, n, type, line) VALUES ('${run}', 0, 1, 'ended', $l$${line}$l$)`,
  );
}

test('a record that somebody inserted does not decide where a secret goes', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/sends.yaml': SENDS }, SECRETS);
  const { gate, values } = valuesOf(rig);
  const run = await rig.submit('sends', { values });
  await forgeEnd(rig, run, 'first', { to: rig.shop.mark('stolen') });
  await rig.worker();
  await soon(() => rig.marks('marks')).toEqual(['first', 'second right']);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('right')).toHaveLength(1);
  expect(rig.marks('stolen')).toEqual([]);
});

test('a record that somebody inserted does not stand for an approval', async () => {
  await using rig = await EngineWorkshop.open(
    postgres,
    {
      'tools/asks.yaml': `
args: {marks: {type: string}}
secrets: [TOKEN]
steps:
  - {id: first, approve: always, run: 'echo first >> "$INPUT_MARKS"'}
  - {id: second, needs: [first], run: 'echo second >> "$INPUT_MARKS"'}
`,
    },
    SECRETS,
  );
  const run = await rig.submit('asks', { values: { marks: rig.shop.mark('marks') } });
  await forgeEnd(rig, run, 'first', {});
  await rig.worker();
  await rig.status(run, 'waiting');
  expect(rig.marks('marks')).toEqual([]);
});

test('what a killed worker of a group recorded counts; a record that somebody changed runs again', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/sends.yaml': SENDS }, SECRETS);
  const { gate, values } = valuesOf(rig);
  const one = await rig.worker();
  const run = await rig.submit('sends', { values });
  await soon(() => rig.marks('marks')).toEqual(['first', 'second right']);
  const two = await rig.worker();
  one.signal('SIGKILL');
  await two.until(`took ${run}`);
  await soon(() => rig.marks('marks')).toEqual(['first', 'second right', 'second right']);
  const changed = await rig.query(
    `UPDATE lockstep.line SET line = replace(line, '/right"', '/wrong"')
     WHERE run = '${run}' AND type = 'ended' AND line LIKE '%/right"%' RETURNING line`,
  );
  expect(changed).toHaveLength(1);
  const three = await rig.worker();
  two.signal('SIGKILL');
  await three.until(`took ${run}`);
  await soon(() => rig.marks('marks').slice(3)).toEqual(['first', 'second right']);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('wrong')).toEqual([]);
});

test('a retry begins with proven records only', async () => {
  await using rig = await EngineWorkshop.open(
    postgres,
    {
      'tools/fails.yaml': `
args: {marks: {type: string}}
secrets: [TOKEN]
steps:
  - {id: first, run: 'echo first >> "$INPUT_MARKS"; echo value=good >> $LOCKSTEP_OUTPUT', outputs: [value]}
  - id: second
    needs: [first]
    env: {VALUE: "\${{ steps.first.outputs.value }}"}
    run: echo "second $VALUE" >> "$INPUT_MARKS"; exit 1
`,
    },
    SECRETS,
  );
  await rig.worker();
  const run = await rig.submit('fails', { values: { marks: rig.shop.mark('marks') } });
  await rig.ended(run);
  const retry = () => expect(rig.lockstep('runs', 'retry', run, '--engine', 'postgres')).toMatchObject({ code: 1 });
  retry();
  expect(rig.marks('marks')).toEqual(['first', 'second good', 'second good']);
  await rig.query(`UPDATE lockstep.line SET line = replace(line, '"good"', '"evil"') WHERE run = '${run}'`);
  retry();
  expect(rig.marks('marks').slice(3)).toEqual(['first', 'second good']);
});
