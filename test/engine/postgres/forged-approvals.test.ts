import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readJob } from '../../../src/engine/postgres/job.ts';
import { sha256, signedBytes } from '../../../src/vault/age/signature.ts';
import type { Identity } from '../../../src/vault/identity/identity.ts';
import { EngineWorkshop } from '../../rig/engine-workshop.ts';
import { forgeLines, jobOf, outsider, replaceJob } from '../../rig/forgery.ts';
import { Postgres } from '../../rig/postgres.ts';

// Each test starts workers: processes of their own.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let postgres: Postgres;
beforeAll(async () => {
  postgres = await Postgres.start();
});
afterAll(() => postgres[Symbol.asyncDispose]());

const ASK = `args: {marks: {type: string}}\nsteps:\n  - {id: one, approve: always, description: drops all, run: 'echo ran >> "$INPUT_MARKS"'}\n`;
const SECRET_ASK = ASK.replace('steps:', 'secrets: [TOKEN]\nsteps:');

/** A run that waits for an approval, while no worker lives. */
async function waitingRun(rig: EngineWorkshop): Promise<string> {
  const run = await rig.submit('ask', { values: { marks: rig.shop.mark('marks') } });
  const worker = await rig.worker();
  await rig.status(run, 'waiting');
  worker.signal('SIGKILL');
  return run;
}

const answer = (rig: EngineWorkshop, run: string, ...more: readonly string[]) =>
  rig.lockstep('runs', 'approve', run, '--yes', '--engine', 'postgres', ...more);

/** The worker takes the real answer, a no, and none before it. */
async function endsDenied(rig: EngineWorkshop, run: string): Promise<void> {
  expect(answer(rig, run, '--deny')).toMatchObject({ code: 0, stderr: '' });
  expect((await rig.ended(run)).status).toBe('failed');
  expect(rig.marks('marks')).toEqual([]);
}

/** Writes a yes that the outsider signed properly. */
async function putAnswer(rig: EngineWorkshop, run: string, identity: Identity): Promise<void> {
  const rows = `SELECT line, job FROM lockstep.line JOIN lockstep.run ON run = id WHERE id = '${run}' AND type = 'step-waiting'`;
  const [row] = await rig.query(rows);
  const { question, about } = JSON.parse(String(row?.line)) as { question: string; about: string };
  const job = sha256(readJob(String(row?.job)).signed.text);
  const answered = { run, step: 'one', nth: 0, about, approved: true, by: 'ada' };
  const signed = { format: 'lockstep-answer/1', ...answered, job, question: sha256(question) };
  const signature = identity.sign(signedBytes('answer', signed));
  await rig.query(
    `INSERT INTO lockstep.answer (run, step, nth, about, approved, by, member, signature)
     VALUES ('${run}', 'one', 0, '${about}', true, 'ada', 'outsider', '${signature}')`,
  );
}

test('only a reader of the group approves a run with its secrets', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/ask.yaml': SECRET_ASK }, { TOKEN: 'canary-secret-1' });
  const { file, identity } = outsider(rig);
  const run = await waitingRun(rig);
  const own = rig.shop.env.LOCKSTEP_IDENTITY_FILE;
  rig.shop.env.LOCKSTEP_IDENTITY_FILE = file;
  const refused = answer(rig, run);
  if (own === undefined) delete rig.shop.env.LOCKSTEP_IDENTITY_FILE;
  else rig.shop.env.LOCKSTEP_IDENTITY_FILE = own;
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain('"outsider" may not read the group');
  expect(await rig.query('SELECT * FROM lockstep.answer')).toEqual([]);
  await putAnswer(rig, run, identity);
  const worker = await rig.worker();
  await worker.until(`took ${run}`);
  await endsDenied(rig, run);
});

test('an approval does not move to another job of the same run', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/ask.yaml': ASK });
  const { identity } = outsider(rig);
  const run = await waitingRun(rig);
  expect(answer(rig, run)).toMatchObject({ code: 0 });
  rig.shop.write('tools/ask.yaml', ASK.replace('echo ran', 'echo changed'));
  const commit = rig.commit();
  const values = { marks: rig.shop.mark('marks') };
  const { digest } = await jobOf(rig, await rig.submit('ask', { values, queue: { queue: 'nobody' } }));
  await replaceJob(rig, run, identity, { ...(await jobOf(rig, run)), member: 'outsider', commit, digest });
  const worker = await rig.worker();
  await worker.until(`took ${run}`);
  await endsDenied(rig, run);
});

test('an approval counts only for the question that the worker asks', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/ask.yaml': ASK });
  const run = await waitingRun(rig);
  const [row] = await rig.query(`SELECT line FROM lockstep.line WHERE run = '${run}' AND type = 'step-waiting'`);
  const { question } = JSON.parse(String(row?.line)) as { question: string };
  await forgeLines(rig, run, 'step-waiting', { question: question.replace('drops all', 'prints a greeting') });
  expect(answer(rig, run)).toMatchObject({ code: 0 });
  await forgeLines(rig, run, 'step-waiting', { question });
  const worker = await rig.worker();
  await worker.until(`took ${run}`);
  await endsDenied(rig, run);
});

test('an answer on record that no member signed is asked for again', async () => {
  await using rig = await EngineWorkshop.open(postgres, { 'tools/ask.yaml': ASK });
  const run = await waitingRun(rig);
  await rig.query(
    `INSERT INTO lockstep.answer (run, step, nth, about, approved, by, member, signature)
     SELECT run, 'one', 0, line::json->>'about', true, 'ada', 'root', '${'A'.repeat(86)}' FROM lockstep.line
     WHERE run = '${run}' AND type = 'step-waiting'`,
  );
  const worker = await rig.worker();
  await worker.until(`took ${run}`);
  await endsDenied(rig, run);
});
