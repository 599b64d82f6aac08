import type { Step } from '../definition/model/tool.ts';
import type { Redactor } from '../masking/redactor.ts';
import type { PipeMaker } from '../process/output-pipes.ts';
import type { SecretValue } from '../vault/secret-value.ts';
import type { DeterministicScheduler } from './deterministic-scheduler.ts';
import type { Event, StepReport } from './event.ts';
import type { ExecutionBackend } from './execution-backend.ts';
import type { Services } from './executors/containers/services.ts';
import type { HostCapabilities } from './executors/host-capabilities.ts';
import type { SandboxBase } from './executors/sandbox/base.ts';
import type { Slots } from './slots.ts';
import type { TimeLimit } from './time-limit.ts';
import type { Scratch } from './workspace/scratch.ts';
import type { WorkspaceOf } from './workspace/workspace.ts';

/** What every step of one run shares. Made once by run.ts. */
export interface RunContext {
  /** run-id.ts */
  readonly runId: string;
  readonly hostEnv: Readonly<Record<string, string>>;
  /** All variables of the caller; a step gets those that its plan names. */
  readonly callerEnv: Readonly<Record<string, string | undefined>>;
  /** The variables of the agent, if one started the run; a tool's own variables win. */
  readonly agentVariables: ReadonlyMap<string, string>;
  readonly secrets: ReadonlyMap<string, SecretValue>;
  /** What files of the machine hold, by path as lockstep.yaml writes it. */
  readonly machineFiles: ReadonlyMap<string, SecretValue>;
  readonly redactor: Redactor;
  /** Where steps can run. */
  readonly capabilities: HostCapabilities;
  readonly sandbox: SandboxBase | null;
  readonly workspaceOf: WorkspaceOf;
  /** Beside the containers of the call that is under way. */
  readonly services?: Services;
  readonly scratch: Scratch;
  readonly pipes: PipeMaker;
  readonly slots: Slots;
  /** The file of a lock on this machine. */
  lockPath(name: string): string;
  /** Locks that a step further up holds: what it calls may take them too. */
  readonly heldLocks: ReadonlySet<string>;
  /** How many those are. */
  readonly parallel: number;
  /** The limits of the run and of the calls around a step; they pause while a person is asked. */
  readonly limits: readonly TimeLimit[];
  /** Aborted by the first Ctrl-C: TERM, grace, KILL, and nothing new starts but what asks for `always()` or `cancelled()`. */
  readonly cancel: AbortSignal;
  /** Aborted by the second: KILL. */
  readonly kill: AbortSignal;
  readonly backend: ExecutionBackend;
  /** How often a person has answered, by path: what the journal counts too. */
  readonly answered: Map<string, number>;
  /** By which the interpreter waits for the backend. */
  readonly scheduler: DeterministicScheduler;
  /** While the promise is pending, the source of the output waits. */
  emit(event: Event): void | Promise<void>;
  /** Finished steps, in the order in which they ended. */
  readonly finished: StepReport[];
}

/** From TERM to KILL. */
export const GRACE_MS = 5_000;

/** The locks that what a step does stands under: its own, and those of the steps further up. */
export function locksOver({ lock }: Step, held: ReadonlySet<string>): ReadonlySet<string> {
  return lock === undefined ? held : new Set([...held, lock]);
}
