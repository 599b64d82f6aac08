import { setTimeout as pause } from 'node:timers/promises';
import { LockstepError } from '../../errors.ts';
import type { Event } from '../../run/event.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import type { OutputSeal } from '../../run/step/output-seal.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import { type Journal, type JournalHeader, journaledStep, MAXIMUM_OUTPUT, NO_MORE } from '../journal.ts';
import { type Database, isPassing } from './database.ts';
import type { RecordChain } from './record-chain.ts';

/** Events are written together after this time, if nothing has to be on record before. */
const GATHER_MS = 50;
/** Memory that events which wait for the database may take: a source of output waits for it then. */
const MOST_WAITING = 1024 * 1024;
const RETRY_MS = 200;
/** A database that is away for longer than this has lost the run: another worker takes it. */
const LONGEST_OUTAGE_MS = 120_000;

/** What one worker has of a run: all that it writes names it, and counts only while no other worker has the run. */
export interface Tenure {
  readonly run: string;
  readonly worker: string;
  /** Counts the workers that have had the run. */
  readonly epoch: number;
}

export interface JournalTableOptions {
  /** Called once the run is no longer ours, or cannot be kept any more: its processes have to end. */
  readonly lost: (error: Error) => void;
  readonly now: () => Date;
  /** The repository, for every machine the same. */
  readonly root: string;
}

type JournalEntry = Readonly<Record<string, unknown>> & { readonly type: string };

interface Line {
  readonly n: number;
  readonly type: string;
  readonly text: string;
}

/** One statement: the lines, if the run is still ours. Repeated after a lost answer, it writes nothing twice. */
const WRITE = `
WITH mine AS (
  SELECT id FROM lockstep.run WHERE id = $1 AND worker = $2 AND epoch = $3 FOR NO KEY UPDATE
), written AS (
  INSERT INTO lockstep.line (run, epoch, n, type, line)
  SELECT mine.id, $3, given.n, given.type, given.line
  FROM mine, unnest($4::int[], $5::text[], $6::text[]) AS given (n, type, line)
  ON CONFLICT DO NOTHING
), moved AS (
  UPDATE lockstep.run SET status = $7, changed = now(), ended = CASE WHEN $7 = 'ended' THEN now() END
  WHERE id IN (SELECT id FROM mine) AND status <> $7
)
SELECT count(*)::int AS mine FROM mine`;

/**
 * The journal of a run in the database. Lines are written in their order, several in one statement: `written` resolves
 * when all of them are on record, and a step starts only then.
 */
export class JournalTable implements Journal {
  readonly fault = undefined;
  readonly #database: Database;
  readonly #tenure: Tenure;
  readonly #lost: (error: Error) => void;
  readonly #now: () => Date;
  readonly #root: string;
  #seal: OutputSeal | undefined;
  #chain: RecordChain | undefined;
  #waiting: Line[] = [];
  #size = 0;
  #count = 0;
  #output = 0;
  #status = 'running';
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(database: Database, tenure: Tenure, { lost, now, root }: JournalTableOptions) {
    this.#database = database;
    this.#tenure = tenure;
    this.#lost = lost;
    this.#now = now;
    this.#root = root;
  }

  /** Later workers take from here on only what the chain proves. */
  proveBy(chain: RecordChain | undefined): void {
    this.#chain = chain;
  }

  opened(opening: JournalHeader, seal?: OutputSeal): void {
    this.#seal = seal;
    this.#add({ type: 'opened', ...opening, root: this.#root });
  }

  event(event: Event): void {
    if (event.type === 'step-finished' || event.type === 'item-finished') return;
    if (event.type === 'step-waiting') this.#status = 'waiting';
    if (event.type === 'step-answered') this.#status = 'running';
    if (event.type === 'run-finished') this.#status = 'ended';
    const kept = event.type === 'output' ? this.#limited(event) : event;
    if (kept !== undefined) this.#add(kept);
  }

  #limited(event: Extract<Event, { type: 'output' }>): Event | undefined {
    if (this.#output > MAXIMUM_OUTPUT) return undefined;
    this.#output += event.text.length;
    return this.#output > MAXIMUM_OUTPUT ? { ...event, text: NO_MORE } : event;
  }

  ended(recorded: StepRecord): void {
    this.#add({ type: 'ended', ...journaledStep(recorded, this.#seal) });
  }

  /** Nothing is written from here on: what the run still says is not of this worker any more. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    clearTimeout(this.#timer);
  }

  /** Present while too much waits for the database. */
  get room(): Promise<void> | undefined {
    return this.#size > MOST_WAITING ? this.written() : undefined;
  }

  /** All lines so far are on record. @throws LockstepError `engine/lost`, or what the database says */
  written(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writing = this.#writing.then(() => this.#write());
    this.#writing = writing;
    writing.catch(() => undefined);
    return writing;
  }

  #add(line: JournalEntry): void {
    if (this.#closed) return;
    this.#count += 1;
    const { type } = line;
    const plain = storable(JSON.stringify({ time: this.#now().toISOString(), ...line }));
    const place = { epoch: this.#tenure.epoch, n: this.#count, type };
    const text = this.#chain?.prove(place, plain) ?? plain;
    this.#size += text.length;
    this.#waiting.push({ n: this.#count, type, text });
    this.#timer ??= setTimeout(() => void this.written(), GATHER_MS);
  }

  async #write(): Promise<void> {
    const lines = this.#waiting.splice(0);
    this.#size = 0;
    if (lines.length === 0) return;
    const { run, worker, epoch } = this.#tenure;
    const columns = [lines.map(({ n }) => n), lines.map(({ type }) => type), lines.map(({ text }) => text)];
    try {
      const [found] = await throughOutages(() =>
        this.#database.rows<{ mine: number }>(WRITE, [run, worker, epoch, ...columns, this.#status]),
      );
      if (found?.mine !== 1) throw lostRun(run);
    } catch (error) {
      this.close();
      this.#lost(error instanceof Error ? error : lostRun(run));
      throw error;
    }
  }
}

export function lostRun(run: string): LockstepError {
  return new LockstepError('engine/lost', `another worker has taken over the run ${run}`, [
    `lockstep runs show ${run}`,
  ]);
}

/** JSON escapes a NUL, so that PostgreSQL, whose texts hold none, takes the line; lone surrogates it would refuse. */
function storable(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}

/** Repeats a statement until the database is back. */
export async function throughOutages<T>(work: () => Promise<T>): Promise<T> {
  const began = monotonicMs();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error) || msSince(began) > LONGEST_OUTAGE_MS) throw error;
      await pause(RETRY_MS);
    }
  }
}
