import { journalLine } from '../journal-line.ts';
import { type JournaledRun, journaledRun } from '../read-journal.ts';
import type { Database } from './database.ts';
import { throughOutages } from './journal-table.ts';
import type { RecordChain } from './record-chain.ts';
import type { LineRow } from './run-rows.ts';

/** What workers before this one put on record. */
export interface ProvenRun {
  /** Undefined where its first line is missing or damaged. */
  readonly past: JournaledRun | undefined;
  /** Whether a worker has begun with it. */
  readonly isBegun: boolean;
}

/** @param chain of the run; it continues after the last proven line. Absent: every line counts */
export async function provenRun(database: Database, run: string, chain: RecordChain | undefined): Promise<ProvenRun> {
  const rows = await throughOutages(() =>
    database.rows<LineRow>('SELECT epoch, n, line FROM lockstep.line WHERE run = $1 ORDER BY epoch, n', [run]),
  );
  const lines = rows.flatMap(({ epoch, n, line: text }) => {
    const line = journalLine(text);
    if (line === undefined) return [];
    // The command that submitted the run wrote it: it names the run, and has nothing on record.
    const isFirst = epoch === 0 && n === 0 && line.type === 'opened';
    return isFirst || chain === undefined || chain.takes({ epoch, n, type: line.type }, text) ? [line] : [];
  });
  return {
    past: journaledRun(lines, () => false),
    isBegun: lines.filter(({ type }) => type === 'opened').length > 1,
  };
}
