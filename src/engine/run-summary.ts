import { describeReason, type EndStatus, type StepReport } from '../run/event.ts';
import { mayBeAlive } from '../util/process-stamp.ts';
import { isTop } from '../util/step-path.ts';
import type { JournalHeader } from './journal.ts';
import type { JournaledRun } from './read-journal.ts';

/** A run as a list shows it. */
export interface RunSummary {
  readonly run: string;
  readonly tool: string;
  readonly agent?: string;
  readonly group: string | null;
  /** The user or token that started it. */
  readonly by?: string;
  /** The arguments without those that are sensitive or contain a secret. */
  readonly args: JournalHeader['args'];
  readonly status: 'queued' | 'running' | 'waiting' | EndStatus;
  /** Its process is gone and the run has not ended: `runs resume` continues it. */
  readonly interrupted: boolean;
  /** Its journal has a gap: steps may have run that are not on record. */
  readonly unknown: boolean;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly durationMs: number;
  readonly steps: {
    /** Absent where it is not on record. */
    readonly total?: number;
    readonly ended: number;
    readonly failed: number;
  };
  /** Steps that wait for approval; the step is empty for the run as a whole. */
  readonly waiting: readonly { readonly step: string; readonly question: string }[];
  /** Set where it runs on workers: its queue, and the worker that has it or had it. */
  readonly queue?: string;
  readonly worker?: string;
  /** It waits in its queue until this time, ISO 8601. */
  readonly starts?: string;
  /** The first step that failed for good, and why in words. */
  readonly failure?: { readonly step: string; readonly reason: string };
}

export function isRunning({ report, header, place }: JournaledRun): boolean {
  if (report !== undefined) return false;
  return place === undefined ? mayBeAlive(header.owner) : place.state !== 'abandoned';
}

export function summaryOf(run: JournaledRun, now: Date): RunSummary {
  const { header, by, started, seen, activeMs, recorded, report } = run;
  const goesOn = isRunning(run);
  const interrupted = report === undefined && !goesOn;
  const steps = [...recorded.values()].map((one) => one.report).filter(({ id }) => isTop(id));
  return {
    run: header.run,
    tool: header.tool,
    ...(header.agent !== undefined && { agent: header.agent }),
    group: header.group,
    ...(by !== undefined && { by }),
    args: header.args,
    status: report?.status ?? (interrupted ? 'failed' : statusUnderWay(run)),
    interrupted,
    unknown: interrupted && run.hasGap,
    started,
    durationMs: activeMs + (goesOn ? Math.max(0, now.getTime() - Date.parse(seen)) : 0),
    steps: {
      ...(header.plan && { total: header.plan.filter(({ id }) => isTop(id)).length }),
      ended: steps.length,
      failed: steps.filter(({ status }) => status === 'failed').length,
    },
    waiting: run.waiting.map(({ step, text }) => ({ step, question: text })),
    ...placeOf(run),
    ...failureOf(steps),
  };
}

function statusUnderWay({ waiting, place }: JournaledRun): RunSummary['status'] {
  if (place?.state === 'queued') return 'queued';
  return waiting.length > 0 ? 'waiting' : 'running';
}

function placeOf({ place, report }: JournaledRun): Pick<RunSummary, 'queue' | 'worker' | 'starts'> {
  if (place === undefined) return {};
  const { queue, worker, starts } = place;
  const waits = report === undefined && place.state === 'queued';
  return { queue, ...(worker !== undefined && { worker }), ...(starts !== undefined && waits && { starts }) };
}

function failureOf(steps: readonly StepReport[]): Pick<RunSummary, 'failure'> {
  const failed = steps.find(({ status, forgiven }) => status === 'failed' && forgiven !== true);
  if (failed?.reason === undefined) return {};
  return { failure: { step: failed.id, reason: describeReason(failed.reason) } };
}
