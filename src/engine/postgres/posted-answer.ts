import type { Answer, Question } from '../../run/execution-backend.ts';
import type { GivenAnswer } from '../answers.ts';
import { keyOf } from '../questions.ts';
import type { Database } from './database.ts';

/** What a member signs who answers a question of a run. */
export interface SignedAnswer extends GivenAnswer {
  readonly format: 'lockstep-answer/1';
  readonly run: string;
}

export interface AnswerSignature {
  readonly member: string;
  readonly signature: string;
}

/** Where answers are proven: a user who can write to the database must not approve a step. */
export interface AnswerProof {
  sign(answer: SignedAnswer): Promise<AnswerSignature>;
  isSigned(answer: SignedAnswer, signature: AnswerSignature): Promise<boolean>;
}

interface AnswerRow extends Readonly<Record<string, unknown>> {
  readonly approved: boolean;
  readonly by: string;
  readonly reason: string | null;
  readonly member: string;
  readonly signature: string;
}

/** @returns whether it is the first answer to the question */
export async function postAnswer(
  database: Database,
  proof: AnswerProof,
  run: string,
  answer: GivenAnswer,
): Promise<boolean> {
  const { step, nth, about, approved, by, reason } = answer;
  const { member, signature } = await proof.sign(signedAnswer(run, answer));
  const posted = await database.rows(
    `INSERT INTO lockstep.answer (run, step, nth, about, approved, by, reason, member, signature)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING RETURNING 1`,
    [run, step, nth, about, approved, by, reason ?? null, member, signature],
  );
  return posted.length > 0;
}

/** What `runs approve` wrote to a question of a run; undefined where nobody did, or no member signed it. */
export async function findPostedAnswer(
  database: Database,
  proof: AnswerProof,
  run: string,
  { step, nth, about }: Pick<Question, 'step' | 'nth' | 'about'>,
): Promise<GivenAnswer | undefined> {
  const [found] = await database.rows<AnswerRow>(
    `SELECT approved, by, reason, member, signature FROM lockstep.answer
     WHERE run = $1 AND step = $2 AND nth = $3 AND about = $4`,
    [run, step, nth, about],
  );
  if (found === undefined) return undefined;
  const { approved, by, reason, member, signature } = found;
  const answer = { step, nth, about, approved, by, ...(reason !== null && { reason }) };
  return (await proof.isSigned(signedAnswer(run, answer), { member, signature })) ? answer : undefined;
}

/** All answers to questions of a run that a member signed, by question (questions.ts). */
export async function signedAnswers(database: Database, proof: AnswerProof, run: string): Promise<Map<string, Answer>> {
  const rows = await database.rows<AnswerRow & Pick<Question, 'step' | 'nth' | 'about'>>(
    'SELECT step, nth, about FROM lockstep.answer WHERE run = $1',
    [run],
  );
  const found = await Promise.all(rows.map((row) => findPostedAnswer(database, proof, run, row)));
  const answers = found.filter((one) => one !== undefined);
  return new Map(answers.map(({ step, nth, about, ...given }) => [keyOf({ step, nth, about }), given]));
}

function signedAnswer(run: string, { step, nth, about, approved, by, reason }: GivenAnswer): SignedAnswer {
  return { format: 'lockstep-answer/1', run, step, nth, about, approved, by, ...(reason !== undefined && { reason }) };
}
