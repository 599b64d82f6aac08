import type { RunDetails } from '../engine/run-details.ts';
import { eventOf } from '../engine/run-log.ts';
import { openQuestion } from '../engine/run-refusals.ts';
import type { RunSummary } from '../engine/run-summary.ts';
import type { Project } from '../project/project.ts';
import type { JsonValue } from '../text/node.ts';
import { visibleLine } from '../text/visible.ts';
import { type Run, type RunEvent, runOf, withValues } from './run.ts';

/** How to continue a run. */
export interface ContinueOptions {
  /** Arguments that the run did not keep, because they are or may be sensitive. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  /** Continue although the definitions have changed since. */
  readonly withChanges?: boolean;
  /** Run steps that are not on record, although the journal has a gap and they may have run before. */
  readonly repeatUnknown?: boolean;
  /** The limit of the whole run in milliseconds; default: the limit that it was started with. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly approve?: (question: string, signal: AbortSignal) => Promise<boolean>;
  readonly awaitApproval?: boolean;
}

/** An answer to a step that waits for approval. */
export interface Approval {
  /** The step to answer, if several wait; `''` is the run as a whole. */
  readonly step?: string;
  /** Default: true. */
  readonly approved?: boolean;
  /** The reason, for the journal and for people who watch the run. */
  readonly reason?: string;
  /** Who answers, as the journal records it. */
  readonly by: string;
}

/** One event of a journal, with its time (ISO 8601, UTC). */
export interface LoggedEvent {
  readonly time: string;
  readonly event: RunEvent;
}

/**
 * The runs of this repository, wherever the engine has them: on this machine, or in a database. `run` is the name of a run, or a beginning or end of it that no other
 * run shares, or `last`. Each member rejects with
 * LockstepError `run/unknown` if the run does not exist.
 */
export interface Runs {
  /** Newest first. */
  list(): Promise<readonly RunSummary[]>;
  /** The arguments, steps, outputs, questions and answers of a run. */
  get(run: string): Promise<RunDetails>;
  /** The masked events of a run; with `follow`, until it ends. */
  logs(run: string, options?: { readonly follow?: boolean; readonly signal?: AbortSignal }): AsyncIterable<LoggedEvent>;
  /**
   * Continues a run whose process is gone; its finished steps do not run again. It rejects, or its result does, with
   * LockstepError `run/not-resumable`.
   */
  resume(run: string, options?: ContinueOptions): Promise<Run>;
  /**
   * Starts a new run that keeps the finished steps of an earlier one.
   * @param options.from a step that runs again, with all steps that follow it
   */
  retry(run: string, options?: ContinueOptions & { readonly from?: string }): Promise<Run>;
  /** Answers a step that waits for approval. The first answer counts. @throws LockstepError `run/not-waiting` */
  approve(run: string, approval: Approval): Promise<void>;
  /**
   * Cancels the run, or asks the process that runs it to end it.
   * @throws LockstepError `run/not-resumable` where it is not running
   */
  cancel(run: string, options?: { readonly now?: boolean }): Promise<void>;
}

const NEVER = new AbortController().signal;

export function runsOf(project: Project): Runs {
  const engine = () => project.engine();
  return {
    list: async () => (await (await engine()).list()).runs,
    get: async (run) => {
      const runs = await engine();
      return runs.details(await runs.find(run));
    },
    async *logs(run, { follow = false, signal = NEVER } = {}) {
      for await (const line of (await engine()).lines(run, { follow, signal })) {
        const event = eventOf(line);
        if (event !== undefined) yield { time: line.time, event };
      }
    },
    resume: async (run, options = {}) => runOf(await project.continueRun(run, { again: false }, withValues(options))),
    retry: async (run, { from, ...options } = {}) =>
      runOf(await project.continueRun(run, { again: true, from }, withValues(options))),
    approve: async (name, { step, approved = true, reason, by }) => {
      const runs = await engine();
      const journaled = await runs.find(name);
      const why = reason !== undefined && { reason: visibleLine(reason) };
      await runs.answer(journaled.header.run, openQuestion(journaled, step), { approved, by, ...why });
    },
    cancel: async (run, { now = false } = {}) => {
      await project.cancel(run, now);
    },
  };
}
