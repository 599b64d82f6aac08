import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Job, readJob, sealedRow } from '../../src/engine/postgres/job.ts';
import { signJob } from '../../src/project/submitting/job-proof.ts';
import { Identity } from '../../src/vault/identity/identity.ts';
import type { EngineWorkshop } from './engine-workshop.ts';

/** What a run that was refused says why. */
export async function refusal(rig: EngineWorkshop, run: string): Promise<string> {
  const { status } = await rig.ended(run);
  const [row] = await rig.query(`SELECT line FROM lockstep.line WHERE run = '${run}' AND type = 'run-finished'`);
  const { report } = JSON.parse(String(row?.line)) as { report: { reason?: { detail?: string } } };
  return `${status}: ${report.reason?.detail}`;
}

/** A member who signs, and reads only the group `other`: who can write to the database, too. */
export function outsider(rig: EngineWorkshop): { readonly file: string; readonly identity: Identity } {
  const file = `${rig.shop.place}/outsider.txt`;
  expect(rig.lockstep('identity', 'new', '--identity', file)).toMatchObject({ code: 0 });
  const { card } = JSON.parse(rig.lockstep('whoami', '--identity', file, '--json').stdout) as { card: string };
  expect(rig.lockstep('group', 'add', 'other')).toMatchObject({ code: 0 });
  expect(rig.lockstep('member', 'add', 'outsider', card, '--read', 'other')).toMatchObject({ code: 0 });
  rig.commit();
  const identity = Identity.fromText(/^AGE-SECRET-KEY-.*$/m.exec(readFileSync(file, 'utf8'))?.[0] ?? '');
  if (identity === null) throw new Error('no identity');
  return { file, identity };
}

export async function jobOf(rig: EngineWorkshop, run: string): Promise<Job> {
  const [row] = await rig.query(`SELECT job FROM lockstep.run WHERE id = '${run}'`);
  return readJob(String(row?.job)).job;
}

/** Puts a job that somebody signed in the place of the one of a run. */
export async function replaceJob(rig: EngineWorkshop, run: string, signer: Identity, job: Job): Promise<void> {
  await rig.query(`UPDATE lockstep.run SET job = $job$${sealedRow(signJob(signer, job))}$job$ WHERE id = '${run}'`);
}

/** Changes lines of a run's journal in the database, all of one type. */
export async function forgeLines(rig: EngineWorkshop, run: string, type: string, change: object): Promise<void> {
  const lines = await rig.query(`SELECT epoch, n, line FROM lockstep.line WHERE run = '${run}' AND type = '${type}'`);
  expect(lines).not.toEqual([]);
  for (const { epoch, n, line } of lines) {
    const forged = JSON.stringify({ ...(JSON.parse(String(line)) as object), ...change });
    await rig.query(
      `UPDATE lockstep.line SET line = $line$${forged}$line$ WHERE run = '${run}' AND epoch = ${epoch} AND n = ${n}`,
    );
  }
}
