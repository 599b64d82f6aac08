import { createHash } from 'node:crypto';
import type { Given, Question } from '../../run/execution-backend.ts';
import type { GivenAnswer } from '../answers.ts';
import type { Database } from './database.ts';
import type { Job, SignedJob } from './job.ts';

/** What a member signs who answers a question of a run. */
export interface SignedAnswer extends GivenAnswer {
  readonly format: 'lockstep-answer/1';
  readonly run: string;
  /** SHA-256 of the job's signed text: the answer holds for no other commit, tool or member. */
  readonly job: string;
  /** SHA-256 of the question as the person read it: a row can show any text. */
  readonly question: string;
}

/** The job whose run asks. */
export interface AskingJob {
  readonly job: Job;
  readonly signed: SignedJob;
}

export interface AnswerSignature {
  readonly member: string;
  readonly signature: string;
}

/** Where answers are proven: a user who can write to the database must not approve a step. */
export interface AnswerProof {
  /** @param group that the member has to read; null: every member who signs may answer */
  sign(answer: SignedAnswer, group: string | null): Promise<AnswerSignature>;
  isSigned(answer: SignedAnswer, signature: AnswerSignature, group: string | null): Promise<boolean>;
}

interface AnswerRow extends Readonly<Record<string, unknown>> {
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string | null;
  readonly member: string;
  readonly signature: string;
}

/** @returns whether it is the first answer to the question; a row that proves nothing does not count */
export async function postAnswer(
  database: Database,
  proof: AnswerProof,
  asking: AskingJob,
  question: Question,
  given: Given,
): Promise<boolean> {
  const { step, nth, about } = question;
  const { approved, by, reason } = given;
  const { member, signature } = await proof.sign(signedAnswer(asking, question, given), asking.job.group);
  const before = await findRow(database, asking, question);
  if (before !== undefined && (await findPostedAnswer(database, proof, asking, question)) !== undefined) return false;
  const posted = await database.rows(
    `INSERT INTO lockstep.answer AS a (run, step, nth, about, approved, by, reason, member, signature)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (run, step, nth, about) DO UPDATE
     SET approved = $5, by = $6, reason = $7, member = $8, signature = $9 WHERE a.signature = $10 RETURNING 1`,
    [asking.job.run, step, nth, about, approved, by, reason ?? null, member, signature, before?.signature ?? null],
  );
  return posted.length > 0;
}

/** What `runs approve` wrote to exactly this question of a run; undefined where nobody did, or no such member signed it. */
export async function findPostedAnswer(
  database: Database,
  proof: AnswerProof,
  asking: AskingJob,
  question: Question,
): Promise<GivenAnswer | undefined> {
  const found = await findRow(database, asking, question);
  if (found === undefined) return undefined;
  const { step, nth, about } = question;
  const { approved, by, reason, member, signature } = found;
  const given = { approved, by, ...(reason !== null && { reason }) };
  const signed = signedAnswer(asking, question, given);
  if (!(await proof.isSigned(signed, { member, signature }, asking.job.group))) return undefined;
  return { step, nth, about, ...given };
}

async function findRow(
  database: Database,
  { job }: AskingJob,
  { step, nth, about }: Question,
): Promise<AnswerRow | undefined> {
  const [found] = await database.rows<AnswerRow>(
    `SELECT approved, by, reason, member, signature FROM lockstep.answer
     WHERE run = $1 AND step = $2 AND nth = $3 AND about = $4`,
    [job.run, step, nth, about],
  );
  return found;
}

function signedAnswer({ job, signed }: AskingJob, question: Question, given: Given): SignedAnswer {
  const { step, nth, about, text } = question;
  const { approved, by, reason } = given;
  return {
    ...{ format: 'lockstep-answer/1', run: job.run, job: sha256(signed.text), question: sha256(text) },
    ...{ step, nth, about, approved, by },
    ...(reason !== undefined && { reason }),
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
