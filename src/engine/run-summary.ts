import type { EndStatus } from '../run/event.ts';
import { mayBeAlive } from '../util/process-stamp.ts';
import { isTop } from '../util/step-path.ts';
import type { JournaledRun } from './read-journal.ts';

/** What a list shows of a run. */
export interface RunSummary {
  readonly run: string;
  readonly tool: string;
  readonly agent?: string;
  readonly status: 'running' | 'waiting' | EndStatus;
  /** Its process is gone and it has no end: `runs resume` continues it. */
  readonly interrupted: boolean;
  /** Its journal has a gap: what it did is not known in full. */
  readonly unknown: boolean;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly durationMs: number;
  readonly steps: { readonly ended: number; readonly failed: number };
}

export function isRunning({ report, header }: JournaledRun): boolean {
  return report === undefined && mayBeAlive(header.owner);
}

export function summaryOf(run: JournaledRun, now: Date): RunSummary {
  const { header, started, seen, activeMs, recorded, report } = run;
  const goesOn = isRunning(run);
  const interrupted = report === undefined && !goesOn;
  const steps = [...recorded.values()].map((one) => one.report).filter(({ id }) => isTop(id));
  return {
    run: header.run,
    tool: header.tool,
    ...(header.agent !== undefined && { agent: header.agent }),
    status: report?.status ?? (interrupted ? 'failed' : run.waiting.length > 0 ? 'waiting' : 'running'),
    interrupted,
    unknown: interrupted && run.hasGap,
    started,
    durationMs: activeMs + (goesOn ? Math.max(0, now.getTime() - Date.parse(seen)) : 0),
    steps: { ended: steps.length, failed: steps.filter(({ status }) => status === 'failed').length },
  };
}
