import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readJob, sealedRow } from '../../../src/engine/postgres/job.ts';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { jobOf, outsider, refusal, replaceJob } from '../../rig/forgery.ts';
import { formsOf } from '../../rig/leaks.ts';
import { Postgres } from '../../rig/postgres.ts';
import { soon } from '../../rig/soon.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const MARK = {
  'tools/mark.yaml': `args: {marks: {type: string}}\nsteps:\n  - {id: one, run: 'echo ran >> "$INPUT_MARKS"'}\n`,
};

type Forged = Readonly<Record<string, unknown>>;

/** Changes the job of a queued run in the database, as somebody does who can write there. */
async function forge(rig: EngineWorkshop, run: string, change: (job: Forged) => Forged): Promise<void> {
  const [row] = await rig.query(`SELECT job FROM lockstep.run WHERE id = '${run}'`);
  const { signed } = readJob(String(row?.job));
  const text = JSON.stringify(change(JSON.parse(signed.text) as Forged));
  await rig.query(`UPDATE lockstep.run SET job = $job$${sealedRow({ ...signed, text })}$job$ WHERE id = '${run}'`);
}

test('a job that somebody changed in the database does not run', async () => {
  await using rig = await EngineWorkshop.open(postgres, MARK);
  const values = { marks: rig.shop.mark('marks') };
  const changes: Readonly<Record<string, (job: Forged) => Forged>> = {
    'not what "root" signed': (job) => ({ ...job, args: { marks: `${values.marks}-other` } }),
    'for another repository': (job) => ({ ...job, vault: 'AAAAAAAAAAAAAAAA' }),
    'not a member of the vault': (job) => ({ ...job, member: 'mallory' }),
    'of "root" signed at another time': (job) => ({ ...job, expires: '2100-01-01T00:00:00.000Z' }),
  };
  const runs = new Map<string, string>();
  for (const [what, change] of Object.entries(changes)) {
    const run = await rig.submit('mark', { values });
    await forge(rig, run, change);
    runs.set(run, what);
  }
  await rig.worker();
  for (const [run, what] of runs) {
    const said = await refusal(rig, run);
    expect(said).toContain('failed: the worker refuses the job');
    expect(said).toContain(what.startsWith('of') ? 'not what "root" signed' : what);
  }
  expect(rig.marks('marks')).toEqual([]);
});

test('a job that has run does not run again, under its own name or another one', async () => {
  await using rig = await EngineWorkshop.open(postgres, MARK);
  const run = await rig.submit('mark', { values: { marks: rig.shop.mark('marks') } });
  await rig.worker();
  expect((await rig.ended(run)).status).toBe('succeeded');
  const isOver = async () => (await rig.query('SELECT status FROM lockstep_dbos.workflow_status'))[0]?.status;
  await soon(isOver).toBe('SUCCESS');
  await rig.query(`DELETE FROM lockstep.line WHERE run = '${run}' AND epoch > 0`);
  await rig.query(`UPDATE lockstep.run SET status = 'queued', worker = NULL, ended = NULL WHERE id = '${run}'`);
  await rig.query(
    `UPDATE lockstep_dbos.workflow_status SET status = 'ENQUEUED', output = NULL WHERE workflow_uuid = '${run}'`,
  );
  expect(await refusal(rig, run)).toContain('has brought the run to its end before');
  const later = { starts: new Date(Date.now() + 3600_000) };
  const other = await rig.submit('mark', { values: { marks: rig.shop.mark('marks') }, queue: later });
  await rig.query(
    `UPDATE lockstep.run SET job = (SELECT job FROM lockstep.run WHERE id = '${run}') WHERE id = '${other}'`,
  );
  await rig.query(`UPDATE lockstep_dbos.workflow_status SET status = 'ENQUEUED' WHERE workflow_uuid = '${other}'`);
  expect(await refusal(rig, other)).toContain('signed as another run');
  expect(rig.marks('marks')).toEqual(['ran']);
});

test('a worker runs the commit that was submitted, and nothing else', async () => {
  await using rig = await EngineWorkshop.open(postgres, MARK);
  const values = { marks: rig.shop.mark('marks') };
  const committed = await rig.submit('mark', { values });
  rig.shop.write('tools/mark.yaml', MARK['tools/mark.yaml'].replace('ran', 'changed'));
  const uncommitted = await rig.submit('mark', { values });
  await rig.worker();
  expect((await rig.ended(committed)).status).toBe('succeeded');
  expect(await refusal(rig, uncommitted)).toContain('the tool is not the one that was submitted');
  rig.commit();
  const later = await rig.submit('mark', { values });
  expect((await rig.ended(later)).status).toBe('succeeded');
  expect(rig.marks('marks')).toEqual(['ran', 'changed']);
  const gone = rig.commit();
  const unpushed = await rig.submit('mark', { values });
  rig.git('reset', '-q', '--hard', 'HEAD~1');
  rig.git('reflog', 'expire', '--expire=now', '--all');
  rig.git('gc', '-q', '--prune=now');
  expect(await refusal(rig, unpushed)).toContain(`the commit ${gone.slice(0, 12)} is neither in`);
});

const SECRET_TOOL = { 'tools/secret.yaml': 'secrets: [TOKEN]\nsteps: [{id: one, run: "true"}]\n' };

test('who cannot sign does not submit', async () => {
  await using rig = await EngineWorkshop.open(postgres, SECRET_TOOL, { TOKEN: 'canary-of-the-group-1' });
  const file = `${rig.shop.place}/reader.txt`;
  rig.lockstep('identity', 'new', '--identity', file);
  const recipient = /age1[0-9a-z]+/.exec(readFileSync(file, 'utf8'))?.[0] ?? '';
  const group = [...(await (await rig.project()).vault.require()).groups.keys()][0] ?? '';
  expect(rig.lockstep('member', 'add', 'bot', recipient, '--read', group)).toMatchObject({ code: 0 });
  rig.commit();
  const refused = rig.lockstep('run', 'secret', '--engine', 'postgres', '--detach', '--identity', file);
  expect(refused).toMatchObject({ code: 3 });
  expect(refused.stderr).toContain('a run for workers has to be signed');
  expect(await rig.query('SELECT id FROM lockstep.run')).toEqual([]);
});

test('a member who may not read a group starts nothing with its secrets', async () => {
  await using rig = await EngineWorkshop.open(postgres, SECRET_TOOL, { TOKEN: 'canary-of-the-group-1' });
  const { file, identity } = outsider(rig);
  const refused = rig.lockstep('run', 'secret', '--engine', 'postgres', '--detach', '--identity', file);
  expect(refused.stderr).toContain('"outsider" may not read group');
  const run = await rig.submit('secret');
  await replaceJob(rig, run, identity, { ...(await jobOf(rig, run)), member: 'outsider' });
  await rig.worker();
  expect(await refusal(rig, run)).toContain('"outsider" may not read the group');
});

const SECRET = 'canary-secret-4711-äöü';
const ARGUMENT = 'canary-argument-0815-xyz';
const OUTPUT = 'canary-output-2342-abc';

test('a dump of the database holds no value', async () => {
  await using rig = await EngineWorkshop.open(
    postgres,
    {
      'tools/careless.yaml': `
args: {pin: {type: string, sensitive: true}, gate: {type: string}}
secrets: [TOKEN]
steps:
  - id: one
    run: echo "$TOKEN $INPUT_PIN"; echo "shown=$TOKEN" >> $LOCKSTEP_OUTPUT; echo "hidden=${OUTPUT}" | tr a-z a-z >> $LOCKSTEP_OUTPUT
    outputs: [shown, {name: hidden, sensitive: true}]
  - id: two
    needs: [one]
    env: {HIDDEN: "\${{ steps.one.outputs.hidden }}"}
    run: test "$HIDDEN" = "${OUTPUT}" && echo "$HIDDEN"; read x < "$INPUT_GATE"
`,
    },
    { TOKEN: SECRET },
  );
  const gate = rig.shop.gate();
  const values = { pin: ARGUMENT, gate: gate.path };
  const one = await rig.worker();
  const run = await rig.submit('careless', { values });
  await soon(async () => JSON.stringify(await rig.query('SELECT line FROM lockstep.line'))).toContain('two');
  const other = await rig.worker();
  one.signal('SIGKILL');
  await other.until(`took ${run}`);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  await rig.query('CHECKPOINT');
  const found = (value: string) => {
    const forms = formsOf(value).flatMap((form) => ['-e', form]);
    return spawnSync('grep', ['-rlaF', ...forms, postgres.dataFolder], { encoding: 'utf8' }).stdout;
  };
  for (const value of [SECRET, ARGUMENT, OUTPUT]) {
    expect([value, found(value)]).toEqual([value, '']);
    await rig.query(`INSERT INTO lockstep.delivery VALUES ('planted', '${value}', now())`);
    expect(found(value)).not.toBe('');
  }
});
