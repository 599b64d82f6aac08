import { type EndStatus, isEndReason } from '../run/event.ts';
import { isRecord } from '../util/guards.ts';
import { isProcessStamp } from '../util/process-stamp.ts';
import { JOURNAL_FORMAT, type JournalLine } from './journal.ts';

/** A line of a journal as it was read. */
export interface ParsedLine {
  /** Undefined for a line that Lockstep did not write. */
  readonly line: JournalLine | undefined;
  readonly isJson: boolean;
}

const TEXTS = { output: 'text', notice: 'message', 'step-started': 'step', 'run-started': 'run' } as const;

/** Undefined for a text that is not a line of a journal. */
export function journalLine(text: string): JournalLine | undefined {
  return parseLine(text).line;
}

/** The file may have been truncated or changed by others: only text with the form of a line counts. */
export function parseLine(text: string): ParsedLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { line: undefined, isJson: false };
  }
  return { line: isJournalLine(line) ? line : undefined, isJson: true };
}

function isJournalLine(line: unknown): line is JournalLine {
  if (!isRecord(line) || typeof line.time !== 'string' || typeof line.type !== 'string') return false;
  return !Number.isNaN(Date.parse(line.time)) && hasForm(line.type, line);
}

function hasForm(type: string, line: Readonly<Record<string, unknown>>): boolean {
  switch (type) {
    case 'opened':
      return isJournalHeader(line);
    case 'ended':
      return (
        isStepReport(line.report) &&
        isTexts(line.outputs) &&
        (line.sealed === undefined || isTexts(line.sealed)) &&
        (line.lost === undefined || (Array.isArray(line.lost) && isTexts({ ...line.lost })))
      );
    case 'step-retrying':
      return typeof line.step === 'string';
    case 'step-waiting':
      return [line.step, line.question, line.about].every((one) => typeof one === 'string');
    case 'step-answered':
      return (
        [line.step, line.about, line.by].every((one) => typeof one === 'string') && typeof line.approved === 'boolean'
      );
    case 'run-finished':
      return (
        hasEnd(line.report) &&
        Array.isArray(line.report.steps) &&
        line.report.steps.every(isStepReport) &&
        isTexts(line.report.outputs)
      );
    default:
      return Object.hasOwn(TEXTS, type) && typeof line[TEXTS[type as keyof typeof TEXTS]] === 'string';
  }
}

function isJournalHeader(line: Readonly<Record<string, unknown>>): boolean {
  const texts = [line.run, line.tool, line.root];
  return (
    line.format === JOURNAL_FORMAT &&
    (line.timeoutMs === undefined || (typeof line.timeoutMs === 'number' && line.timeoutMs > 0)) &&
    texts.every((text) => typeof text === 'string') &&
    (line.idempotencyKey === undefined || typeof line.idempotencyKey === 'string') &&
    (line.by === undefined || typeof line.by === 'string') &&
    (line.plan === undefined || isOutline(line.plan)) &&
    isRecord(line.args) &&
    Array.isArray(line.withheld) &&
    isProcessStamp(line.owner)
  );
}

function isOutline(plan: unknown): boolean {
  const isStep = (step: unknown) =>
    isRecord(step) && typeof step.id === 'string' && Array.isArray(step.needs) && Array.isArray(step.secrets);
  return Array.isArray(plan) && plan.every(isStep);
}

const STATUSES: readonly unknown[] = ['succeeded', 'failed', 'cancelled', 'skipped'] satisfies EndStatus[];

function isStepReport(value: unknown): boolean {
  return hasEnd(value) && typeof value.id === 'string' && typeof value.durationMs === 'number';
}

function hasEnd(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    isRecord(value) && STATUSES.includes(value.status) && (value.reason === undefined || isEndReason(value.reason))
  );
}

function isTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((one) => typeof one === 'string');
}
