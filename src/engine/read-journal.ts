import { closeSync, constants, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import type { Event, RunReport } from '../run/event.ts';
import type { Answer, Question } from '../run/execution-backend.ts';
import { forgetBelow, gapMark, type JournaledStep, type JournalHeader, type JournalLine } from './journal.ts';
import { type ParsedLine, parseLine } from './journal-line.ts';
import { Questions } from './questions.ts';

export type StepAnswer = Pick<Extract<Event, { type: 'step-answered' }>, 'step' | 'approved' | 'by' | 'reason'>;

/** The content of a run's journal. */
export interface JournaledRun {
  /** The header that the last process wrote. */
  readonly header: JournalHeader;
  /** The user or token that started the run; absent where that is not on record. */
  readonly by?: string;
  /** The time when it was first opened, ISO 8601. */
  readonly started: string;
  /** The time of the last line. */
  readonly seen: string;
  /** The active time until then, the sum of all its processes: the time between processes does not count. */
  readonly activeMs: number;
  /** Steps and items that have ended, by path, in the order in which they ended. */
  readonly recorded: ReadonlyMap<string, JournaledStep>;
  /** Answers to approvals, by question (questions.ts). */
  readonly answered: ReadonlyMap<string, Answer>;
  /** How many questions each step had asked before the step that calls it was tried again. */
  readonly asked: ReadonlyMap<string, number>;
  /** Questions without an answer. */
  readonly waiting: readonly Question[];
  /** The answers of people, oldest first. */
  readonly answers: readonly StepAnswer[];
  /** Steps that had started and not ended by the last line. */
  readonly underWay: readonly string[];
  /** Lines are missing: the disk was full, or the file is damaged. A step that is not on record may have run. */
  readonly hasGap: boolean;
  /** Absent until a process has finished the run. */
  readonly report?: RunReport;
  /** Where the run is in a database: where it stands there. Absent: its process tells (process-stamp.ts). */
  readonly place?: RunPlace;
}

/** Where a run of a database stands. */
export interface RunPlace {
  readonly state: 'queued' | 'at-work' | 'abandoned' | 'ended';
  readonly queue: string;
  /** The worker that has it, or had it last. */
  readonly worker?: string;
  /** Not before this time, ISO 8601. */
  readonly starts?: string;
}

/** Every complete line. Empty for a path that does not exist or is not a file; lines of another run are skipped. */
export function readLines(path: string): JournalLine[] {
  return readAll(path).flatMap(({ line }) => line ?? []);
}

/** The complete lines from a byte offset, and the offset after them. Empty where the file cannot be read. */
export function readLinesFrom(path: string, from: number): { readonly lines: JournalLine[]; readonly end: number } {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size <= from) return { lines: [], end: from };
    const bytes = Buffer.alloc(stats.size - from);
    const text = bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from));
    const whole = text.subarray(0, text.lastIndexOf(0x0a) + 1);
    const written = whole.toString('utf8').split('\n');
    return {
      lines: written.flatMap((one) => (one === '' ? [] : (parseLine(one).line ?? []))),
      end: from + whole.length,
    };
  } catch {
    return { lines: [], end: from };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function readAll(path: string): ParsedLine[] {
  let text: string;
  try {
    if (!statSync(path).isFile()) return [];
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((one) => (one === '' ? [] : [parseLine(one)]));
}

/**
 * A cut line is the last one of a killed process: the file ends there, or the next line is the first of another
 * process.
 */
function isDamaged(written: readonly ParsedLine[]): boolean {
  return written.some(({ isJson }, index) => {
    const next = written[index + 1];
    return !isJson && next !== undefined && next.line?.type !== 'opened';
  });
}

/** Undefined where the file is not a journal. */
export function readJournal(path: string): JournaledRun | undefined {
  const written = readAll(path);
  const lines = written.flatMap(({ line }) => line ?? []);
  return journaledRun(lines, () => existsSync(gapMark(path)) || isDamaged(written));
}

/** What the lines of a journal say together; undefined where none of them opens it. */
export function journaledRun(
  lines: readonly JournalLine[],
  hasGap: () => boolean,
  place?: RunPlace,
): JournaledRun | undefined {
  let header: JournalHeader | undefined;
  let report: RunReport | undefined;
  const recorded = new Map<string, JournaledStep>();
  const questions = new Questions();
  const answers: StepAnswer[] = [];
  const underWay = new Set<string>();
  for (const line of lines) {
    questions.take(line);
    if (line.type === 'opened') {
      [header, report] = [line, undefined];
      underWay.clear();
    } else if (line.type === 'step-started') underWay.add(line.step);
    else if (line.type === 'step-answered') answers.push(line);
    else if (line.type === 'ended') {
      recorded.set(line.report.id, line);
      underWay.delete(line.report.id);
    } else if (line.type === 'step-retrying') forgetBelow(recorded, line.step);
    else if (line.type === 'run-finished') ({ report } = line);
  }
  const [first] = lines;
  if (header === undefined || first === undefined) return undefined;
  const seen = lines.at(-1)?.time ?? first.time;
  return {
    header,
    ...(first.type === 'opened' && first.by !== undefined && { by: first.by }),
    started: first.time,
    seen,
    activeMs: activeMs(lines),
    recorded,
    answered: questions.answered,
    asked: questions.asked,
    waiting: report === undefined ? questions.waiting() : [],
    answers,
    hasGap: report === undefined && hasGap(),
    underWay: report === undefined ? [...underWay] : [],
    ...(report && { report }),
    ...(place && { place }),
  };
}

/** The sum over all processes, each from its first line to its last. */
function activeMs(lines: readonly JournalLine[]): number {
  const spans: [string, string][] = [];
  for (const { type, time } of lines) {
    const span = spans.at(-1);
    if (type === 'opened') spans.push([time, time]);
    else if (span !== undefined) span[1] = time;
  }
  return spans.reduce((sum, [from, to]) => sum + Math.max(0, Date.parse(to) - Date.parse(from)), 0);
}
