import type { Run as RunCore, RunOutcome } from '../project/runs/run-handle.ts';
import type { Event, RunReport } from '../run/event.ts';
import type { JsonValue } from '../text/node.ts';
import type { ProblemReport } from '../text/problem-report.ts';

export type RunEvent = Event;

/** How a run ended, or why it did not start. */
export type RunResult = FinishedRun | RefusedRun;

/** The run has ended: `status` says how. */
export interface FinishedRun extends RunReport {
  readonly kind: 'finished';
}

/** Nothing has started, because of these problems. */
export interface RefusedRun {
  readonly kind: 'refused';
  readonly tool: string;
  readonly problems: readonly ProblemReport[];
}

/**
 * A run in progress. It continues whether or not anyone reads its events. Iterate it for its masked events (one
 * reader); a reader that falls behind slows the run down, and a reader that stops does not.
 *
 * @example
 * await using run = project.run('deploy', { args: { env: 'staging' } });
 * for await (const event of run) if (event.type === 'output') process.stdout.write(event.text);
 * const result = await run.result();
 */
export interface Run extends AsyncIterable<RunEvent>, AsyncDisposable {
  /** The name of the run in `lockstep runs list`, known at once. A run that is refused leaves no journal under it. */
  readonly id: string;
  /**
   * Waits for the end. Unread events are discarded.
   * @throws LockstepError where the run cannot start: no identity, an untrusted vault, a full disk
   */
  result(): Promise<RunResult>;
  /**
   * Ends the run gently: TERM to each process group, 5 s, KILL. `always()` steps still run. The status is `cancelled`.
   */
  cancel(): void;
  /** Ends all processes at once. */
  kill(): void;
  /** Cancels the run and waits for its end: `await using run = ...`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export function runOf(core: RunCore): Run {
  return {
    id: core.id,
    result: async () => resultOf(await core.result()),
    cancel: () => core.cancel(),
    kill: () => core.kill(),
    [Symbol.asyncDispose]: () => core[Symbol.asyncDispose](),
    [Symbol.asyncIterator]: () => core[Symbol.asyncIterator](),
  };
}

function resultOf(outcome: RunOutcome): RunResult {
  if (outcome.run !== null) return { kind: 'finished', ...outcome };
  return { kind: 'refused', tool: outcome.tool, problems: outcome.problems };
}

/** What `project/` has for the command line alone: nothing here hands out a value, to a caller without types either. */
interface Withheld {
  readonly onUnsealed?: unknown;
}

/** Converts the options of a call for `project/`, which has `values` for the library's `args`. */
export function withValues<T extends { readonly args?: Readonly<Record<string, JsonValue>> }>(call: T) {
  const { args, onUnsealed: _, ...rest }: T & Withheld = call;
  return { ...rest, ...(args && { values: args }) };
}
