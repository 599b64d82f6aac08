import type { Plan } from '../../plan/plan.ts';
import type { PipeMaker } from '../../process/output-pipes.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import type { ContainerRuntime } from '../executors/containers/container-runtime.ts';
import type { SandboxSettings } from '../executors/sandbox/base.ts';
import type { SentStep } from '../sent-step.ts';
import type { OpenFiles, Seal } from '../workspace/workspace.ts';

/** The data of a run: its plan, the values that the plan was granted, and the machine. */
export interface RunInput {
  /** run-id.ts */
  readonly runId: string;
  /** The beginning of every step's `LOCKSTEP_IDEMPOTENCY_KEY`: the name of the run, unless its caller has given another. */
  readonly idempotencyKey: string;
  readonly plan: Plan;
  /** The step of a run on another worker, which is all that is to be done; absent: the whole plan. */
  readonly only?: SentStep;
  /** Absolute, symlinks resolved. */
  readonly root: string;
  /** What steps see of the repository: a sealed copy of what they list, or the repository with these files for containers. */
  readonly files: Seal | OpenFiles;
  /** All variables of the caller; a step gets those that its plan names. */
  readonly callerEnv: Readonly<Record<string, string | undefined>>;
  /** The variables of the caller that steps on the host get (environment.ts). */
  readonly hostEnv: Readonly<Record<string, string>>;
  /** Disposed of when the run ends. */
  readonly secrets: ReadonlyMap<string, SecretValue>;
  /** The contents of the files of the machine that containers get, by path as lockstep.yaml writes it; the caller of the run disposes of them. */
  readonly machineFiles: ReadonlyMap<string, SecretValue>;
  /** Where steps can run. */
  readonly capabilities: HostCapabilities;
  /** The file of a lock on this machine. */
  readonly lockPath: (name: string) => string;
  /** The server's pipes for the output of steps; absent: the run makes its own. */
  readonly pipes?: PipeMaker;
  /** Processes at one time. */
  readonly parallel: number;
  /** The limit of the whole run. */
  readonly timeoutMs?: number;
  /** Aborted by the first Ctrl-C: TERM, grace, KILL, and nothing new starts but what asks for `always()` or `cancelled()`. */
  readonly cancel: AbortSignal;
  /** Aborted by the second Ctrl-C: KILL. */
  readonly kill: AbortSignal;
}

/** The places beside the host where steps can run; each run looks for them once. */
export interface HostCapabilities {
  /** Null where bubblewrap is not installed, or no step wants it. */
  readonly sandbox: SandboxSettings | null;
  readonly containers: ContainerRuntime | null;
  /** As Node names the processor. */
  readonly arch: string;
}
