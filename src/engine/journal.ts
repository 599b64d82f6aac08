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
 * A run's journal: one JSON object a line, appended, everything in it masked. The end of a step is on the disk before what
 * follows it starts, so a run that was killed continues from there; a last line without a line end means that its writer
 * was killed.
 */

export const JOURNAL_FORMAT = 'lockstep-journal/1';
/** Output beyond this is not kept; the results of a run always are. */
const MAXIMUM_OUTPUT = 16 * 1024 * 1024;
const NO_MORE = '\n[output from here on was not kept]\n';

/** Written by each process that takes the run up. */
export interface JournalHeader {
  readonly format: typeof JOURNAL_FORMAT;
  readonly run: string;
  readonly tool: string;
  readonly agent?: string;
  /** Who started or resumed it: a user of this machine, or a token of a server. */
  readonly by?: string;
  readonly group: string | null;
  readonly on?: 'host';
  /** The limit for the whole run; each process that resumes it has the full time. */
  readonly timeoutMs?: number;
  /** Without those that are sensitive or hold a secret. */
  readonly args: Readonly<Record<string, JsonValue>>;
  /** The names of sensitive arguments: to resume the run, a user gives them again. */
  readonly withheld: readonly string[];
  /** The tool's digest (definition/model/digest.ts): what was finished was finished by these definitions. */
  readonly digest: string | null;
  /** The state of the repository that a server started it from: a name for its content, and the commit. */
  readonly snapshot?: { readonly id: string; readonly commit?: string; readonly branch?: string };
  /** The outline of its plan. */
  readonly plan?: readonly OutlinedStep[];
  /** The repository's root. */
  readonly root: string;
  readonly owner: ProcessStamp;
  /** By which the key of its sealed outputs is made; absent where there are none. */
  readonly seal?: string;
  /** Resumed although the definitions had changed: earlier approvals no longer count. */
  readonly withChanges?: true;
  /** The run whose finished steps this one began with, and the step that it had to repeat. */
  readonly retries?: { readonly run: string; readonly from?: string };
}

/** Sensitive outputs of a step are kept only sealed, and not at all where there is no seal. */
export interface JournaledStep extends Omit<StepRecord, 'sensitive'> {
  readonly sealed?: Readonly<Record<string, string>>;
  readonly lost?: readonly string[];
}

export type JournalLine = { readonly time: string } & (
  | ({ readonly type: 'opened' } & JournalHeader)
  | ({ readonly type: 'ended' } & JournaledStep)
  | Exclude<Event, { type: 'step-finished' | 'item-finished' }>
);

/** What a run writes as it goes. None of it throws: a disk that is full costs the journal, not the run. */
export interface Journal {
  /** Why it is not, or no longer, kept; undefined while all is well. */
  readonly fault: string | undefined;
  /** @param seal of sensitive outputs */
  opened(opening: JournalHeader, seal?: OutputSeal): void;
  event(event: Event): void;
  /** On the disk when this returns. */
  ended(recorded: StepRecord): void;
  close(): void;
}

/** Another attempt of a step that calls does all of the called tool's steps again. */
export function forgetBelow(recorded: Map<string, unknown>, step: string): void {
  for (const path of recorded.keys()) if (isCalledBy(path, step)) recorded.delete(path);
}

/** The steps below one that is not repeated; items are reported as counts. */
export function reportsBelow(recorded: ReadonlyMap<string, StepRecord>, step: string): StepReport[] {
  const below = [...recorded].filter(([path]) => isBelow(path, step));
  return below.flatMap(([path, { report }]) => (isItem(path) ? [] : [report]));
}

/** @param exclusive of a run that begins: the file is not there yet */
export function openJournal(path: string, exclusive: boolean, now: () => Date): Journal {
  return new JournalFile(path, exclusive, now);
}

function journaledStep({ report, outputs, sensitive = [] }: StepRecord, seal: OutputSeal | undefined): JournaledStep {
  if (sensitive.length === 0) return { report, outputs };
  const open = Object.entries(outputs).filter(([name]) => !sensitive.includes(name));
  const kept = { report, outputs: Object.fromEntries(open) };
  if (seal === undefined) return { ...kept, lost: sensitive };
  const sealed = sensitive.map((name) => [name, seal.seal(report.id, name, outputs[name] ?? '')]);
  return { ...kept, sealed: Object.fromEntries(sealed) };
}

/**
 * Marks a journal that is not complete: steps that are not on record may have run. An empty file fits on most full disks.
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
      // A partial line that a killed writer left is not part of the first line.
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
