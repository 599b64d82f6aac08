import type { GivenArguments } from '../../plan/arguments.ts';
import type { Plan } from '../../plan/plan.ts';
import type { StepRecord } from '../../run/execution-backend.ts';
import type { Problem } from '../../text/problem.ts';
import type { SecretValue } from '../../vault/secret-value.ts';

export interface PlanOptions extends GivenArguments {
  readonly agent?: string;
  readonly group?: string;
  /** `host`: steps that name an image run on this machine too. */
  readonly on?: 'host';
}

/** How a run waits for a worker, where runs live in a database. */
export interface QueueOptions {
  /** Default: `default`. */
  readonly queue?: string;
  /** Only a worker that has all of these takes it. */
  readonly labels?: readonly string[];
  /** Runs of one key count together for the limits of the queue; default: the name of the tool. */
  readonly key?: string;
  /** 0, the default, is first. */
  readonly priority?: number;
  /** Not before this time. */
  readonly starts?: Date;
  /** Where a run of the tool with this key has not ended, that one is meant, and no other starts. */
  readonly dedupe?: string;
}

export interface RunOptions extends PlanOptions {
  /** The user or token that starts the run, for the record; absent: the user of this machine. */
  readonly by?: string;
  /** Steps get it in place of the name of the run, as the beginning of `LOCKSTEP_IDEMPOTENCY_KEY`. */
  readonly idempotencyKey?: string;
  readonly queue?: QueueOptions;
  /** Where a worker runs it: ends once it is in its queue. */
  readonly detach?: boolean;
  /** Called with the name of a run that is in its queue. */
  readonly onSubmit?: (run: string) => void;
  /** The time limit of the whole run, besides the tool's own. */
  readonly timeoutMs?: number;
  /** Ends the run gently: TERM, grace, KILL; `always()` steps still run. */
  readonly signal?: AbortSignal;
  /** Ends the run at once. */
  readonly kill?: AbortSignal;
  /**
   * Asks a person, where a step or an agent has `approve: always`; the signal is aborted when the question is settled
   * elsewhere, or the run cancelled. Absent: no one can be asked, and calls that need approval are refused.
   */
  readonly approve?: (question: string, signal: AbortSignal) => Promise<boolean>;
  /** Waits for `lockstep runs approve`. */
  readonly awaitApproval?: boolean;
  /** Refuses arguments that contain a secret of the run: a model must not learn whether a text that it has is one. */
  readonly refuseSecretArguments?: boolean;
  /** Called when arguments are refused because of that, before the caller learns it. */
  readonly onSecretArguments?: () => void;
  /** Called when the plan cannot start, with all its problems; the CLI prints excerpts from them. */
  readonly onRefusal?: (problems: readonly Problem[]) => void;
  /** Called before the first step starts, with the values that the run was granted, for one who shows output to mask them. */
  readonly onUnsealed?: (values: readonly SecretValue[]) => void;
  /** Called once, before the first event of a step, with the plan and the steps that finished before, by path. */
  readonly onStart?: (plan: Plan, recorded: ReadonlyMap<string, StepRecord>) => void;
}
