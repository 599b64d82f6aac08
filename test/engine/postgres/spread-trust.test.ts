import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { sealedRow } from '../../../src/engine/postgres/job.ts';
import { signJob } from '../../../src/project/submitting/job-proof.ts';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { jobOf, outsider, replaceJob } from '../../rig/forgery.ts';
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

const SECRET = 'canary-of-the-vault-1';
const ARGUMENT = 'canary-of-an-argument-2';
const OUTPUT = 'canary-of-an-output-3';

const SECRETIVE = `
args: {gate: {type: string}, marks: {type: string}, phrase: {type: string, sensitive: true}}
secrets: [TOKEN]
steps:
  - id: makes
    secrets: []
    run: echo "made=canary-of-an-output""-3" >> $LOCKSTEP_OUTPUT
    outputs: [{name: made, sensitive: true}]
  - id: far
    runsOn: [gpu]
    env: {MADE: "\${{ steps.makes.outputs.made }}"}
    run: |
      echo "$TOKEN $INPUT_PHRASE $MADE"
      echo "\${#TOKEN} \${#INPUT_PHRASE} \${#MADE}" >> "$INPUT_MARKS"
      read x < "$INPUT_GATE"
      echo "back=$MADE" >> $LOCKSTEP_OUTPUT
    outputs: [{name: back, sensitive: true}]
  - id: ends
    env: {BACK: "\${{ steps.far.outputs.back }}"}
    run: echo "$BACK" | rev >> "$INPUT_MARKS"; echo "$BACK"
`;

test('a sent step gets its secret, and no row holds a value', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/secretive.yaml': SECRETIVE }, { TOKEN: SECRET });
  await rig.worker();
  await rig.worker('--labels', 'gpu');
  const gate = rig.shop.gate();
  const values = { gate: gate.path, marks: rig.shop.mark('marks'), phrase: ARGUMENT };
  const run = await rig.submit('secretive', { values });
  await soon(() => rig.marks('marks')).toEqual([`${SECRET.length} ${ARGUMENT.length} ${OUTPUT.length}`]);
  const during = await everyRow(rig);
  expect(during).toContain(`"step":{"of":"${run}"`);
  await gate.open();
  expect((await rig.ended(run)).status).toBe('succeeded');
  expect(rig.marks('marks')[1]).toBe([...OUTPUT].reverse().join(''));
  const after = await everyRow(rig);
  expect(after).toContain('*** *** ***');
  for (const text of [during, after])
    for (const value of [SECRET, ARGUMENT, OUTPUT])
      expect(formsOf(value).filter((form) => text.includes(form))).toEqual([]);
});

/** All tables of Lockstep as text. */
async function everyRow(rig: EngineWorkshop): Promise<string> {
  const rows = [
    ...(await rig.query('SELECT * FROM lockstep.run')),
    ...(await rig.query('SELECT * FROM lockstep.line')),
  ];
  // The job is JSON within JSON.
  return JSON.stringify(rows).replaceAll('\\\\', '').replaceAll('\\', '');
}

const WAITS = `
args: {gate: {type: string}, marks: {type: string}}
secrets: [TOKEN]
steps:
  - id: far
    runsOn: [gpu]
    run: echo far >> "$INPUT_MARKS"; read x < "$INPUT_GATE"; echo "to=right" >> $LOCKSTEP_OUTPUT
    outputs: [to]
  - {id: last, env: {TO: "\${{ steps.far.outputs.to }}"}, run: 'echo "last $TO" >> "$INPUT_MARKS"'}
`;

/** A run whose step waits for a worker. */
async function waiting(rig: EngineWorkshop) {
  const gate = rig.shop.gate();
  await rig.worker();
  const run = await rig.submit('waits', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await soon(() => stepsOf(rig, run)).toHaveLength(1);
  const [step = ''] = await stepsOf(rig, run);
  return { gate, run, step };
}

async function stepsOf(rig: EngineWorkshop, run: string): Promise<string[]> {
  return (await rig.query(`SELECT id FROM lockstep.run WHERE parent = '${run}'`)).map(({ id }) => String(id));
}

/** The end of the only sent step, as the run reports it. */
async function endOfFar(rig: EngineWorkshop, run: string): Promise<string> {
  const { status, steps } = await rig.ended(run);
  const { reason } = steps.find(({ id }) => id === 'far') ?? {};
  return `${status}: ${reason?.why === 'not-started' ? reason.detail : JSON.stringify(reason)}`;
}

/** What a run that was cancelled says. */
async function cancelledBecause(rig: EngineWorkshop, run: string): Promise<string> {
  expect((await rig.ended(run)).status).toBe('cancelled');
  const rows = await rig.query(`SELECT line FROM lockstep.line WHERE run = '${run}' AND type = 'notice'`);
  return rows.map(({ line }) => String(line)).join('\n');
}

test('a step whose job somebody changed does not run', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const { run, step } = await waiting(rig);
  const [row] = await rig.query(`SELECT job FROM lockstep.run WHERE id = '${step}'`);
  const job = String(row?.job).replace('\\"by\\":\\"', '\\"by\\":\\"x');
  await rig.query(`UPDATE lockstep.run SET job = $job$${job}$job$ WHERE id = '${step}'`);
  await rig.worker('--labels', 'gpu');
  expect(await endOfFar(rig, run)).toContain('the worker refuses the job: it is not what "root" signed');
  expect(rig.marks('marks')).toEqual([]);
});

test('a member who may not read the group sends no step of its runs', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const { identity } = outsider(rig);
  const { run, step } = await waiting(rig);
  const job = signJob(identity, { ...(await jobOf(rig, step)), member: 'outsider' });
  await rig.query(`UPDATE lockstep.run SET job = $job$${sealedRow(job)}$job$ WHERE id = '${step}'`);
  await rig.worker('--labels', 'gpu');
  expect(await endOfFar(rig, run)).toContain('"outsider" may not read the group');
  expect(rig.marks('marks')).toEqual([]);
});

const COUNTS = `
args: {count: {type: string, pattern: '^[0-9]+$'}, marks: {type: string}}
steps: [{id: far, runsOn: [gpu], run: 'echo "far $INPUT_COUNT" >> "$INPUT_MARKS"'}]
`;

test('a member who signs a step by hand gives it no argument that its tool refuses', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/counts.yaml': COUNTS });
  await rig.worker();
  const values = { count: '7', marks: rig.shop.mark('marks') };
  const run = await rig.submit('counts', { values });
  await soon(() => stepsOf(rig, run)).toHaveLength(1);
  const [step = ''] = await stepsOf(rig, run);
  const job = await jobOf(rig, step);
  const { of = '', sent } = job.step ?? {};
  if (sent === undefined) throw new Error('the step is sealed');
  const args = { ...values, count: '7; id' };
  const { identity } = await (await rig.project()).vault.identity();
  await replaceJob(rig, step, identity, { ...job, step: { of, sent: { ...sent, args } } });
  await rig.worker('--labels', 'gpu');
  expect(await cancelledBecause(rig, run)).toContain('the argument \\"count\\" of counts has to match');
  expect(rig.marks('marks')).toEqual([]);
});

test('a step of one run does not run as a step of another, or without its run', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const { run, step } = await waiting(rig);
  const columns = 'repository, tool, run_group, queue, job, parent, parent_epoch, step';
  await rig.query(
    `INSERT INTO lockstep.run (id, ${columns}) SELECT id || '.copy', ${columns} FROM lockstep.run WHERE id = '${step}'`,
  );
  await rig.query(
    `INSERT INTO lockstep.line SELECT run || '.copy', epoch, n, type, line FROM lockstep.line WHERE run = '${step}'`,
  );
  await rig.query(`UPDATE lockstep.run SET parent_epoch = parent_epoch + 1 WHERE id = '${step}'`);
  const gpu = await rig.worker('--labels', 'gpu');
  await gpu.until(`failed: ${step}.copy`);
  expect(gpu.said).toContain('it was signed as another run');
  expect(rig.marks('marks')).toEqual([]);
  expect((await rig.show(run)).status).toBe('running');
});

test('a result that somebody wrote or changed does not count', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const { run, step } = await waiting(rig);
  const report = { id: 'far', status: 'succeeded', exitCode: 0, attempts: 1, durationMs: 1 };
  const time = new Date().toISOString();
  const lines = [
    { time, type: 'ended', report, outputs: { to: 'wrong' } },
    {
      time,
      type: 'run-finished',
      report: { run: step, tool: 'waits', status: 'succeeded', steps: [report], outputs: {} },
    },
  ];
  for (const [at, line] of lines.entries())
    await rig.query(
      `INSERT INTO lockstep.line VALUES ('${step}', 0, ${at + 1}, '${line.type}', $line$${JSON.stringify(line)}$line$)`,
    );
  expect(await cancelledBecause(rig, run)).toContain(
    'its result is not proven or cannot be opened; the run is cancelled',
  );
  expect(rig.marks('marks')).toEqual([]);
});

test('a worker that only reads sends no step, and says why', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const reader = rig.shop.mark('reader.txt');
  expect(rig.lockstep('identity', 'new', '--identity', reader)).toMatchObject({ code: 0 });
  const { recipient } = JSON.parse(rig.lockstep('whoami', '--identity', reader, '--json').stdout) as {
    recipient: string;
  };
  expect(rig.lockstep('member', 'add', 'reader', recipient, '--read', 'default')).toMatchObject({ code: 0 });
  rig.commit();
  await rig.worker('--identity', reader);
  const run = await rig.submit('waits', { values: { gate: '/none', marks: rig.shop.mark('marks') } });
  expect(await endOfFar(rig, run)).toContain('"reader" only reads: a run for workers has to be signed');
});

test('sensitive values leave a run without a group for no other worker', async () => {
  await using rig = await EngineWorkshop.open(postgres, {
    'tools/open.yaml': `
args: {marks: {type: string}}
steps:
  - {id: makes, run: 'echo "made=${OUTPUT}" >> $LOCKSTEP_OUTPUT', outputs: [{name: made, sensitive: true}]}
  - {id: far, runsOn: any, env: {MADE: "\${{ steps.makes.outputs.made }}"}, run: 'echo "$MADE" >> "$INPUT_MARKS"'}
`,
  });
  await rig.worker();
  const run = await rig.submit('open', { values: { marks: rig.shop.mark('marks') } });
  expect(await endOfFar(rig, run)).toContain('its run has no group to seal them to');
  expect(await everyRow(rig)).not.toContain(OUTPUT);
});

test('a record that was changed after the step ended does not count either', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': WAITS }, { TOKEN: SECRET });
  const { gate, run, step } = await waiting(rig);
  // Every record of the step is changed as soon as it is written.
  await rig.query(`CREATE FUNCTION forge() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
    NEW.line := replace(NEW.line, '"to":"right"', '"to":"wrong"'); RETURN NEW; END $f$`);
  await rig.query(
    `CREATE TRIGGER forges BEFORE INSERT ON lockstep.line FOR EACH ROW WHEN (NEW.run = '${step}') EXECUTE FUNCTION forge()`,
  );
  await rig.worker('--labels', 'gpu');
  await gate.open();
  expect(await cancelledBecause(rig, run)).toContain(
    'its result is not proven or cannot be opened; the run is cancelled',
  );
  expect(rig.marks('marks')).toEqual(['far']);
});

const FORGIVES = `
args: {gate: {type: string}, marks: {type: string}}
secrets: [TOKEN]
steps:
  - {id: scan, runsOn: [gpu], continueOnError: true, run: 'echo scan >> "$INPUT_MARKS"'}
  - {id: deploy, run: 'echo deploy >> "$INPUT_MARKS"'}
`;

test.each(['a failure that somebody wrote', 'a row that somebody removed'])('%s does not skip a step', async (what) => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/waits.yaml': FORGIVES }, { TOKEN: SECRET });
  const { run, step } = await waiting(rig);
  const report = {
    run: step,
    tool: 'waits',
    status: 'failed',
    reason: { why: 'exit-code', code: 1 },
    steps: [],
    outputs: {},
  };
  const line = JSON.stringify({ time: new Date().toISOString(), type: 'run-finished', report });
  await rig.query(
    what.startsWith('a row')
      ? `DELETE FROM lockstep.run WHERE id = '${step}'`
      : `INSERT INTO lockstep.line VALUES ('${step}', 0, 1, 'run-finished', $line$${line}$line$)`,
  );
  expect(await cancelledBecause(rig, run)).toContain('the run is cancelled');
  expect(rig.marks('marks')).toEqual([]);
});

test('a sensitive output that comes while a step is at work elsewhere is masked in what that step says', async () => {
  await using rig = await EngineWorkshop.open(
    postgres,
    {
      'tools/late.yaml': `
args: {gate: {type: string}, marks: {type: string}}
secrets: [TOKEN]
steps:
  - id: far
    needs: []
    runsOn: [gpu]
    run: |
      echo in >> "$INPUT_MARKS"
      read x < "$INPUT_GATE"
      echo "said canary-of-an-output""-3"
      echo "gives=canary-of-an-output""-3" >> $LOCKSTEP_OUTPUT
    outputs: [gives]
  - id: makes
    needs: []
    run: echo "made=canary-of-an-output""-3" >> $LOCKSTEP_OUTPUT; echo made >> "$INPUT_MARKS"
    outputs: [{name: made, sensitive: true}]
outputs: {gives: "\${{ steps.far.outputs.gives }}"}
`,
    },
    { TOKEN: SECRET },
  );
  await rig.worker();
  await rig.worker('--labels', 'gpu');
  const gate = rig.shop.gate();
  const run = await rig.submit('late', { values: { gate: gate.path, marks: rig.shop.mark('marks') } });
  await soon(() => [...rig.marks('marks')].sort()).toEqual(['in', 'made']);
  const isRecorded = async () =>
    (await rig.query(`SELECT 1 FROM lockstep.line WHERE run = '${run}' AND type = 'ended'`)).length;
  await soon(isRecorded).toBe(1);
  await gate.open();
  expect(await rig.ended(run)).toMatchObject({ status: 'succeeded', outputs: { gives: '***' } });
  const rows = await everyRow(rig);
  expect(rows).toContain('said ***');
  expect(rows).not.toContain(OUTPUT);
});
