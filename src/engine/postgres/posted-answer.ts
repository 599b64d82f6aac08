import type { Question } from '../../run/execution-backend.ts';
import type { GivenAnswer } from '../answers.ts';
import type { Database } from './database.ts';

/** What `runs approve` wrote to a question of a run. */
export async function findPostedAnswer(
  database: Database,
  run: string,
  { step, nth, about }: Question,
): Promise<GivenAnswer | undefined> {
  const [found] = await database.rows<{ approved: boolean; by: string; reason: string | null }>(
    'SELECT approved, by, reason FROM lockstep.answer WHERE run = $1 AND step = $2 AND nth = $3 AND about = $4',
    [run, step, nth, about],
  );
  if (found === undefined) return undefined;
  const { approved, by, reason } = found;
  return { step, nth, about, approved, by, ...(reason !== null && { reason }) };
}
