import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemReason } from '../errors.ts';
import type { OutlinedStep } from '../plan/plan-report.ts';
import type { Event, StepReport } from '../run/event.ts';
import type { StepRecord } from '../run/execution-backend.ts';
import type { OutputSeal } from '../run/step/output-seal.ts';
import type { JsonValue } from '../text/node.ts';
import { makeFoldersSync } from '../util/atomic-file.ts';
import type { ProcessStamp } from '../util/process-stamp.ts';
import { isBelow, isCalledBy, isItem } from '../util/step-path.ts';

/*
 * A run's journal: one JSON object a line, appended, everything in it masked. The end of a step is on the disk before
 * the next step starts, so a run that was killed continues from there. If the last line has no line end, its writer was
 * killed.
 */

export const JOURNAL_FORMAT = 'lockstep-journal/1';
/** Output beyond this is not kept; the results of a run always are. */
export const MAXIMUM_OUTPUT = 16 * 1024 * 1024;
export const NO_MORE = '\n[output from here on was not kept]\n';

/** Written by each process that starts or resumes the run. */
export interface JournalHeader {
  readonly format: typeof JOURNAL_FORMAT;
  readonly run: string;
  readonly tool: string;
  readonly agent?: string;
  /** Who started or resumed it: a user of this machine, or a token of a server. */
  readonly by?: string;
  readonly group: string | null;
  readonly on?: 'host';
  /** What its steps get in place of its name, so that another run of the same work is recognized. */
  readonly idempotencyKey?: string;
  /** The limit for the whole run; each process that resumes it has the full time. */
  readonly timeoutMs?: number;
  /** The arguments without those that are sensitive or contain a secret. */
  readonly args: Readonly<Record<string, JsonValue>>;
  /** The names of sensitive arguments: to resume the run, a user gives them again. */
  readonly withheld: readonly string[];
  /** The tool's digest (definition/model/digest.ts): the finished steps ran with these definitions. */
  readonly digest: string | null;
  /** The repository's state from which a server started it: a name for its content, and the commit. */
  readonly snapshot?: { readonly id: string; readonly commit?: string; readonly branch?: string };
  /** The outline of its plan. */
  readonly plan?: readonly OutlinedStep[];
  /** The repository's root. */
  readonly root: string;
  readonly owner: ProcessStamp;
  /** The salt for the key of its sealed outputs; absent if it has none. */
  readonly seal?: string;
  /** Resumed although the definitions had changed: earlier approvals no longer count. */
  readonly withChanges?: true;
  /** The run whose finished steps this one began with, and the step that it had to repeat. */
  readonly retries?: { readonly run: string; readonly from?: string };
}

/** Sensitive outputs of a step are kept only sealed; without a seal they are not kept. */
export interface JournaledStep extends Omit<StepRecord, 'sensitive'> {
  readonly sealed?: Readonly<Record<string, string>>;
  readonly lost?: readonly string[];
}

export type JournalLine = { readonly time: string } & (
  | ({ readonly type: 'opened' } & JournalHeader)
  | ({ readonly type: 'ended' } & JournaledStep)
  | Exclude<Event, { type: 'step-finished' | 'item-finished' }>
);

/** The records of a run in progress. No method throws: a full disk ends the journal, not the run. */
export interface Journal {
  /** Why the journal is not kept, or no longer kept; undefined if it is. */
  readonly fault: string | undefined;
  /** @param seal for sensitive outputs */
  opened(opening: JournalHeader, seal?: OutputSeal): void;
  event(event: Event): void;
  /** The record is on the disk when this returns. */
  ended(recorded: StepRecord): void;
  close(): void;
}

/** When a step that calls a tool is tried again, all steps of the called tool run again. */
export function forgetBelow(recorded: Map<string, unknown>, step: string): void {
  for (const path of recorded.keys()) if (isCalledBy(path, step)) recorded.delete(path);
}

/** The reports of the steps below one that is not repeated; items are reported as counts. */
export function reportsBelow(recorded: ReadonlyMap<string, StepRecord>, step: string): StepReport[] {
  const below = [...recorded].filter(([path]) => isBelow(path, step));
  return below.flatMap(([path, { report }]) => (isItem(path) ? [] : [report]));
}

/** @param exclusive for a new run: the file must not exist */
export function openJournal(path: string, exclusive: boolean, now: () => Date): Journal {
  return new JournalFile(path, exclusive, now);
}

/** A record as a journal has it: sensitive outputs sealed, or left out. */
export function journaledStep(
  { report, outputs, sensitive = [] }: StepRecord,
  seal: OutputSeal | undefined,
): JournaledStep {
  if (sensitive.length === 0) return { report, outputs };
  const open = Object.entries(outputs).filter(([name]) => !sensitive.includes(name));
  const kept = { report, outputs: Object.fromEntries(open) };
  if (seal === undefined) return { ...kept, lost: sensitive };
  const sealed = sensitive.map((name) => [name, seal.seal(report.id, name, outputs[name] ?? '')]);
  return { ...kept, sealed: Object.fromEntries(sealed) };
}

/**
 * The path of the mark of an incomplete journal: steps that are not on record may have run. Even on a full disk there
 * is usually room for an empty file.
 */
export function gapMark(path: string): string {
  return `${path}.gap`;
}

class JournalFile implements Journal {
  fault: string | undefined;
  readonly #path: string;
  readonly #now: () => Date;
  #file: number | undefined;
  #output = 0;
  #seal: OutputSeal | undefined;

  constructor(path: string, exclusive: boolean, now: () => Date) {
    this.#path = path;
    this.#now = now;
    this.#attempt(() => {
      makeFoldersSync(dirname(path), 0o700);
      this.#file = openSync(path, exclusive ? 'ax' : 'a', 0o600);
      // A killed writer may have left a partial line: keep it apart from our first line.
      if (!exclusive) writeSync(this.#file, '\n');
    });
  }

  opened(opening: JournalHeader, seal?: OutputSeal): void {
    this.#seal = seal;
    this.#attempt(() => this.#write({ type: 'opened', ...opening }));
  }

  event(event: Event): void {
    if (event.type === 'step-finished' || event.type === 'item-finished') return;
    let kept = event;
    if (event.type === 'output') {
      if (this.#output > MAXIMUM_OUTPUT) return;
      this.#output += event.text.length;
      if (this.#output > MAXIMUM_OUTPUT) kept = { ...event, text: NO_MORE };
    }
    this.#attempt(() => this.#write(kept));
    if (event.type === 'run-finished') this.close();
  }

  ended(recorded: StepRecord): void {
    this.#attempt(() => {
      this.#write({ type: 'ended', ...journaledStep(recorded, this.#seal) });
      if (this.#file !== undefined) fdatasyncSync(this.#file);
    });
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file);
  }

  #write(line: object): void {
    if (this.#file === undefined) return;
    const text = `${JSON.stringify({ time: this.#now().toISOString(), ...line })}\n`;
    const isWhole = writeSync(this.#file, text) === Buffer.byteLength(text);
    if (!isWhole) throw Object.assign(new Error('short write'), { code: 'ENOSPC' });
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fault = systemReason(error);
      if (this.#file !== undefined) this.#markGap();
      this.close();
    }
  }

  #markGap(): void {
    try {
      closeSync(openSync(gapMark(this.#path), 'a', 0o600));
    } catch {}
  }
}
