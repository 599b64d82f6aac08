import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { forgeLines, jobOf, outsider, refusal, replaceJob } from '../../rig/forgery.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

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

const MARK = {
  'tools/mark.yaml': `args: {marks: {type: string}, gate: {type: string}}\nsteps:\n  - {id: one, run: 'echo ran >> "$INPUT_MARKS"; read x < "$INPUT_GATE"'}\n`,
};

test('a copy of a job and its journal under another name does not run beside it', async () => {
  await using rig = await EngineWorkshop.open(postgres, MARK);
  const gate = rig.shop.gate();
  const values = { marks: rig.shop.mark('marks'), gate: gate.path };
  const run = await rig.submit('mark', { values });
  const copy = await rig.submit('mark', { values });
  for (const [table, column, name] of [['run', 'job', 'id'] as const, ['line', 'line', 'run'] as const])
    await rig.query(
      `UPDATE lockstep.${table} SET ${column} = (SELECT ${column} FROM lockstep.${table} WHERE ${name} = '${run}')
       WHERE ${name} = '${copy}'`,
    );
  await rig.worker('--concurrency', '2');
  const lines = `SELECT line FROM lockstep.line WHERE run = '${copy}' AND type = 'run-finished'`;
  await soon(async () => JSON.stringify(await rig.query(lines))).toContain('signed as another run');
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['ran']);
});

test('a run whose record was removed does not begin anew on the machine that has begun it', async () => {
  await using rig = await EngineWorkshop.open(postgres, MARK);
  const gate = rig.shop.gate();
  const run = await rig.submit('mark', { values: { marks: rig.shop.mark('marks'), gate: gate.path } });
  const worker = await rig.worker();
  await soon(async () => rig.marks('marks')).toEqual(['ran']);
  worker.signal('SIGKILL');
  await rig.query(`DELETE FROM lockstep.line WHERE run = '${run}' AND epoch > 0`);
  await rig.worker();
  expect(await refusal(rig, run)).toContain('has begun with the run before, and its record is gone');
  expect(rig.marks('marks')).toEqual(['ran']);
});

test('sealed arguments open for no job of another member, tool or group', async () => {
  await using rig = await EngineWorkshop.open(
    postgres,
    {
      'tools/pin.yaml': 'args: {pin: {type: string, sensitive: true}}\nsteps: [{id: one, run: "true"}]\n',
      'tools/show.yaml': `args: {pin: {type: string}}\nsteps: [{id: one, run: 'echo "got $INPUT_PIN"'}]\n`,
    },
    { TOKEN: CANARY },
  );
  const { identity } = outsider(rig);
  const pin = 'canary-pin-0815';
  const show = await jobOf(rig, await rig.submit('show', { values: { pin: 'x' }, queue: { queue: 'nobody' } }));
  const { args: _, ...bare } = show;
  const runs = new Map<string, string>();
  const own = (await rig.project()).vault.identity().then((loaded) => loaded.identity);
  for (const said of ['which "outsider" may not read', 'to another group than its own', 'sealed for another job']) {
    const run = await rig.submit('pin', { values: { pin } });
    const { sealed, member, queue } = await jobOf(rig, run);
    if (sealed === undefined) throw new Error('not sealed');
    const stolen = { ...bare, run, sealed, queue };
    if (said.startsWith('which')) await replaceJob(rig, run, identity, { ...stolen, member: 'outsider' });
    else if (said.startsWith('to'))
      await replaceJob(rig, run, identity, { ...stolen, member: 'outsider', group: 'other' });
    else await replaceJob(rig, run, await own, { ...stolen, member });
    runs.set(run, said);
  }
  await rig.worker();
  for (const [run, said] of runs) expect(await refusal(rig, run)).toContain(said);
  expect(JSON.stringify(await rig.query('SELECT line FROM lockstep.line'))).not.toContain(pin);
});

test('a retry takes tool, arguments and group from the signed job only', async () => {
  const nice = 'args: {to: {type: string}}\nsteps: [{id: one, run: "true"}]\n';
  const files = { 'tools/leak.yaml': LEAK, 'tools/nice.yaml': nice };
  await using rig = await EngineWorkshop.open(postgres, files, { TOKEN: CANARY });
  const { identity } = outsider(rig);
  await rig.worker();
  const run = await rig.submit('nice', { values: { to: 'a' } });
  expect((await rig.ended(run)).status).toBe('succeeded');
  const leak = await jobOf(rig, await rig.submit('leak', { values: { to: 'a' }, queue: { queue: 'nobody' } }));
  const retry = () => rig.lockstep('runs', 'retry', run, '--from', 'one', '--engine', 'postgres').stderr;
  const [before] = await rig.query(`SELECT job FROM lockstep.run WHERE id = '${run}'`);
  const changed = String(before?.job).replace('{\\"to\\":\\"a\\"}', '{\\"to\\":\\"b\\"}');
  expect(changed).not.toBe(before?.job);
  await rig.query(`UPDATE lockstep.run SET job = $job$${changed}$job$ WHERE id = '${run}'`);
  expect(retry()).toContain('not what "root" signed');
  await rig.query(`UPDATE lockstep.run SET job = $job$${before?.job}$job$ WHERE id = '${run}'`);
  await forgeLines(rig, run, 'opened', { tool: 'leak', digest: leak.digest });
  expect(retry()).toContain('shows another tool, agent, group or digest than its job');
  const { sealed: _, ...bare } = leak;
  const args = { to: rig.shop.mark('stolen') };
  await replaceJob(rig, run, identity, { ...bare, run, args, group: null, member: 'outsider' });
  expect(retry()).toContain('had no group, and its tool now asks for secrets');
  expect(await rig.query('SELECT id FROM lockstep.run')).toHaveLength(2);
  expect(rig.marks('stolen')).toEqual([]);
});

test('no key that holds a sensitive argument reaches a row', async () => {
  const pin = 'args: {pin: {type: string, sensitive: true}}\nsteps: [{id: one, run: "true"}]\n';
  await using rig = await EngineWorkshop.open(postgres, { 'tools/pin.yaml': pin }, { TOKEN: CANARY });
  const values = { pin: 'canary-pin-0815' };
  const key = `of ${values.pin}`;
  await expect(rig.submit('pin', { values, idempotencyKey: key })).rejects.toThrow('the idempotency key holds');
  await expect(rig.submit('pin', { values, queue: { key } })).rejects.toThrow('the key holds');
  await expect(rig.submit('pin', { values, queue: { dedupe: key } })).rejects.toThrow('the dedupe key holds');
  expect(await rig.query('SELECT id FROM lockstep.run')).toEqual([]);
  await rig.submit('pin', { values, idempotencyKey: 'a', queue: { key: 'b', dedupe: 'c' } });
});
