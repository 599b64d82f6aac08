import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { JournaledStep, JournalHeader } from '../../engine/journal.ts';
import type { RunHome } from '../../engine/run-home.ts';
import type { HostCapabilities, RunInput } from '../../run/context/run-input.ts';
import type { Answer } from '../../run/execution-backend.ts';
import type { SentStep } from '../../run/sent-step.ts';
import { type Ambient, locksFolder } from '../repository/config.ts';
import { repositoryKey } from '../repository/state-file.ts';
import type { RunOptions } from './call-options.ts';
import { copiesFolder } from './copies-folder.ts';
import type { Prepared, Repository } from './prepare.ts';
import type { RunStart } from './run-handle.ts';

/** The past of a run that is resumed or retried. */
export interface ResumeState {
  /** The name of the run, if it continues under that name. */
  readonly continues?: { readonly run: string };
  /** The steps that do not run again. */
  readonly recorded: ReadonlyMap<string, JournaledStep>;
  /** The key of the outputs sealed in the journal. */
  readonly seal?: string;
  /** The earlier answers to approvals. */
  readonly answered?: ReadonlyMap<string, Answer>;
  readonly asked?: ReadonlyMap<string, number>;
  /** The definitions may have changed, so approvals are asked again. */
  readonly withChanges?: boolean;
  readonly retries?: NonNullable<JournalHeader['retries']>;
  /** Throws if the tool's digest is not the recorded one, or the group is not the submitted one. */
  check(prepared: Pick<Prepared, 'plan' | 'digest'>): void;
}

/** A tool to run, with its options. */
export interface RunRequest {
  readonly tool: string;
  readonly options: RunOptions;
  readonly past?: ResumeState;
  /** Where it is kept, if not in the journals of this machine. */
  readonly home?: RunHome;
  /** The step of a run on another worker, which is all that is to be done. */
  readonly only?: SentStep;
}

/** A run that passed every check: from here on only the vault and the disk can keep it from starting. */
export interface Launch extends RunRequest {
  readonly repository: Repository;
  readonly env: Ambient;
  /** The environment variables that the machine offers steps on the host. */
  readonly hostEnv: Readonly<Record<string, string>>;
  readonly prepared: Prepared;
  readonly capabilities: HostCapabilities;
  readonly start: RunStart;
}

/** The values that a run is granted. */
export type RunValues = Pick<RunInput, 'secrets' | 'machineFiles'>;

export function runInput(launch: Launch, { secrets, machineFiles }: RunValues): RunInput {
  const { repository, env, hostEnv, prepared, options, capabilities, start, only } = launch;
  const { timeoutMs, idempotencyKey = start.id } = options;
  return {
    runId: start.id,
    idempotencyKey,
    plan: prepared.plan,
    ...(only && { only }),
    root: repository.root,
    files: filesOf(launch),
    callerEnv: env,
    hostEnv,
    secrets,
    machineFiles,
    capabilities,
    lockPath: lockPathOf(launch),
    ...(repository.pipes && { pipes: repository.pipes }),
    parallel: repository.snapshot.config.maxParallel ?? Math.max(4, availableParallelism() * 2),
    ...(timeoutMs !== undefined && { timeoutMs }),
    cancel: start.signal,
    kill: start.kill,
  };
}

/** Repositories do not share locks, even under the same name. */
export function lockPathOf({ env, repository: { root } }: Launch): (name: string) => string {
  return (name) => join(locksFolder(env), `${repositoryKey(root)}-${name}.lock`);
}

/** In a pinned group a step gets the files that the digest covers; in other groups it gets the repository. */
function filesOf({ repository, env, hostEnv, prepared: { plan, listed, digests } }: Launch): RunInput['files'] {
  if (!plan.pinned) return { pathsOf: (tool) => listed(tool).files.map(({ path }) => path) };
  const folder = copiesFolder(repository.root, env, hostEnv.TMPDIR);
  return { folder, files: (tool) => listed(tool).files, digest: (tool) => digests.tool(tool) };
}
