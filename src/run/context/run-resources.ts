import { findMkfifo, PipeMaker } from '../../process/output-pipes.ts';
import { DeterministicScheduler } from '../deterministic-scheduler.ts';
import type { Event } from '../event.ts';
import type { ExecutionBackend } from '../execution-backend.ts';
import { SandboxBase } from '../executors/sandbox/base.ts';
import { Slots } from '../slots.ts';
import type { Scratch } from '../workspace/scratch.ts';
import type { WorkspaceOf } from '../workspace/workspace.ts';
import type { RunInput } from './run-input.ts';
import { RunProgress } from './run-progress.ts';

/** What a run makes once, and all of its steps share. */
export interface RunResources {
  readonly backend: ExecutionBackend;
  /** The interpreter waits for the backend through it. */
  readonly scheduler: DeterministicScheduler;
  /** While the promise is pending, the source of the output waits. */
  readonly emit: (event: Event) => void | Promise<void>;
  readonly progress: RunProgress;
  readonly scratch: Scratch;
  readonly workspaceOf: WorkspaceOf;
  readonly pipes: PipeMaker;
  readonly slots: Slots;
  readonly sandbox: SandboxBase | null;
}

/** A run under way. */
export interface ActiveRun {
  readonly input: RunInput;
  readonly resources: RunResources;
}

export function runResources(
  {
    hostEnv,
    capabilities: { sandbox },
    parallel,
    pipes,
  }: Pick<RunInput, 'hostEnv' | 'capabilities' | 'parallel' | 'pipes'>,
  { backend, scratch, workspaceOf }: Pick<RunResources, 'backend' | 'scratch' | 'workspaceOf'>,
): RunResources {
  return {
    backend,
    scratch,
    workspaceOf,
    scheduler: new DeterministicScheduler(backend),
    emit: (event) => backend.event(event),
    progress: new RunProgress(),
    pipes: pipes ?? new PipeMaker(() => scratch.step('pipes').path, findMkfifo(hostEnv)),
    slots: new Slots(parallel),
    sandbox: sandbox && new SandboxBase(sandbox, scratch),
  };
}
