import type { JournalLine } from '../../engine/journal.ts';
import type { PostgresEngine } from '../../engine/postgres/postgres-engine.ts';
import { eventOf } from '../../engine/run-log.ts';
import type { Event, RunReport } from '../../run/event.ts';
import { problemReport } from '../../text/problem-report.ts';
import { isItem } from '../../util/step-path.ts';
import type { Ambient } from '../repository/config.ts';
import type { Repository } from '../runs/prepare.ts';
import type { RunOutcome, RunStart } from '../runs/run-handle.ts';
import { AskedHere } from './asked-here.ts';
import { makeSubmission, type SubmitRequest } from './submit.ts';

/** Submits a run, and follows it until it ends; a cancel here cancels it where it runs. */
export async function submitRun(
  engine: PostgresEngine,
  { repository, env }: { readonly repository: Repository; readonly env: Ambient },
  request: SubmitRequest,
  start: RunStart,
): Promise<RunOutcome> {
  const { options, tool } = request;
  const made = await makeSubmission(repository, env, request);
  const { plan } = made.prepared;
  if ('problems' in made) {
    options.onRefusal?.(made.problems);
    const problems = made.problems.map(problemReport);
    return { run: null, tool: plan.tool.name, status: 'failed', steps: [], outputs: {}, problems };
  }
  const run = await engine.submit(made.submission);
  options.onSubmit?.(run);
  options.onStart?.(plan, new Map());
  if (options.detach) return submitted(run, tool);
  return followRun(engine, run, { start, options });
}

/** What a command that does not follow the run has done. */
export function submitted(run: string, tool: string): RunReport {
  return { run, tool, status: 'succeeded', steps: [], outputs: {}, durationMs: 0 };
}

interface Following {
  readonly start: RunStart;
  readonly options: SubmitRequest['options'];
}

/** The events of a run that workers carry, from its beginning, and its report. */
export async function followRun(
  engine: PostgresEngine,
  run: string,
  { start, options }: Following,
): Promise<RunOutcome> {
  const cancel = (atOnce: boolean) => void engine.cancel(run, atOnce).catch(() => undefined);
  const gently = () => cancel(false);
  const atOnce = () => cancel(true);
  start.signal.addEventListener('abort', gently);
  start.kill.addEventListener('abort', atOnce);
  if (start.signal.aborted) gently();
  const asked = new AskedHere(engine, run, options);
  try {
    let report: RunReport | undefined;
    for await (const line of engine.lines(run, { follow: true, signal: start.left })) {
      const event = liveEvent(line);
      if (event === undefined) continue;
      if (event.type === 'run-finished') report = event.report;
      asked.take(event);
      await start.channel.emit(event);
    }
    return report ?? lost(run, await engine.find(run).then(({ header }) => header.tool));
  } finally {
    asked.end();
    start.signal.removeEventListener('abort', gently);
    start.kill.removeEventListener('abort', atOnce);
  }
}

/** As the run itself tells it: an item of a `forEach` ends as an item. */
function liveEvent(line: JournalLine): Event | undefined {
  if (line.type === 'ended' && isItem(line.report.id)) {
    const step = line.report.id.replace(/\[\d+\]$/, '');
    return { type: 'item-finished', step, item: line.report };
  }
  const event = eventOf(line);
  if (event === undefined || !('time' in event)) return event;
  const { time: _, ...told } = event;
  return told as Event;
}

/** The row of the run was removed while it was followed. */
function lost(run: string, tool: string): RunReport {
  const reason = { why: 'not-started', detail: 'its record was removed from the database' } as const;
  return { run, tool, status: 'failed', reason, steps: [], outputs: {}, durationMs: 0 };
}
