import { readFileSync } from 'node:fs';
import type { Answer, Question } from '../run/engine.ts';
import type { RunReport } from '../run/event.ts';
import { isProcessStamp } from '../util/process-stamp.ts';
import { forgetBelow, JOURNAL_FORMAT, type JournaledStep, type JournalLine, type Opening } from './journal.ts';

/** What a journal says of its run. */
export interface JournaledRun {
  /** By the process that took it up last. */
  readonly opening: Opening;
  /** How many processes have taken it up. */
  readonly openings: number;
  /** When it was first opened, ISO 8601. */
  readonly started: string;
  /** The time of the last line. */
  readonly seen: string;
  /** Steps and items that have ended, by path, in the order in which they did. */
  readonly recorded: ReadonlyMap<string, JournaledStep>;
  /** Answers to what wanted approval, by question: `STEP?NTH` (run/engine.ts). */
  readonly answered: ReadonlyMap<string, Answer>;
  /** Questions that no process has had an answer to. */
  readonly waiting: readonly Question[];
  /** Absent where no process has brought it to its end. */
  readonly report?: RunReport;
}

/** Every line that is whole. A file that is not there has none; another's lines are passed over. */
export function readLines(path: string): JournalLine[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** Undefined where the file is no journal. */
export function readJournal(path: string): JournaledRun | undefined {
  const lines = readLines(path);
  let opening: Opening | undefined;
  let openings = 0;
  let report: RunReport | undefined;
  const recorded = new Map<string, JournaledStep>();
  const questions = new Questions();
  for (const line of lines) {
    questions.take(line);
    if (line.type === 'opened') [opening, openings, report] = [line, openings + 1, undefined];
    else if (line.type === 'ended') recorded.set(line.report.id, line);
    else if (line.type === 'step-retrying') forgetBelow(recorded, line.step);
    else if (line.type === 'run-finished') ({ report } = line);
  }
  const [first] = lines;
  if (opening === undefined || first === undefined) return undefined;
  const seen = lines.at(-1)?.time ?? first.time;
  const { answered } = questions;
  const waiting = report === undefined ? questions.waiting() : [];
  return { opening, openings, started: first.time, seen, recorded, answered, waiting, ...(report && { report }) };
}

/** Follows what was asked and answered. */
class Questions {
  readonly answered = new Map<string, Answer>();
  readonly #open = new Map<string, string>();
  readonly #asked = new Map<string, number>();

  take(line: JournalLine): void {
    if (line.type === 'opened') this.#begin(line.withChanges === true);
    else if (line.type === 'ended') this.#open.delete(line.report.id);
    else if (line.type === 'step-waiting') this.#open.set(line.step, line.question);
    else if (line.type === 'step-answered') {
      const { step, approved, by, reason } = line;
      const nth = this.#asked.get(step) ?? 0;
      this.#asked.set(step, nth + 1);
      this.#open.delete(step);
      this.answered.set(`${step}?${nth}`, { approved, by, ...(reason !== undefined && { reason }) });
    }
  }

  #begin(anew: boolean): void {
    this.#open.clear();
    if (!anew) return;
    this.#asked.clear();
    this.answered.clear();
  }

  waiting(): Question[] {
    return [...this.#open].map(([step, text]) => ({ step, nth: this.#asked.get(step) ?? 0, text }));
  }
}

const TEXTS = { output: 'text', notice: 'message', 'step-started': 'step', 'run-started': 'run' } as const;

/** The file may have been cut or written into: only what has the form of a line is one. */
function parseLine(text: string): JournalLine | undefined {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(line) || typeof line.time !== 'string' || typeof line.type !== 'string') return undefined;
  return hasForm(line.type, line) ? (line as unknown as JournalLine) : undefined;
}

function hasForm(type: string, line: Readonly<Record<string, unknown>>): boolean {
  switch (type) {
    case 'opened':
      return isOpening(line);
    case 'ended':
      return (
        isObject(line.report) &&
        typeof line.report.id === 'string' &&
        isTexts(line.outputs) &&
        (line.sealed === undefined || isTexts(line.sealed)) &&
        (line.lost === undefined || Array.isArray(line.lost))
      );
    case 'step-retrying':
      return typeof line.step === 'string';
    case 'step-waiting':
      return typeof line.step === 'string' && typeof line.question === 'string';
    case 'step-answered':
      return typeof line.step === 'string' && typeof line.approved === 'boolean' && typeof line.by === 'string';
    case 'run-finished':
      return isObject(line.report) && Array.isArray(line.report.steps) && typeof line.report.status === 'string';
    default:
      return Object.hasOwn(TEXTS, type) && typeof line[TEXTS[type as keyof typeof TEXTS]] === 'string';
  }
}

function isOpening(line: Readonly<Record<string, unknown>>): boolean {
  const texts = [line.run, line.tool, line.root];
  return (
    line.format === JOURNAL_FORMAT &&
    texts.every((text) => typeof text === 'string') &&
    isObject(line.args) &&
    Array.isArray(line.withheld) &&
    isProcessStamp(line.owner)
  );
}

function isTexts(value: unknown): boolean {
  return isObject(value) && Object.values(value).every((one) => typeof one === 'string');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
