import { setImmediate as rest } from 'node:timers/promises';
import type { Tool } from '../../definition/model/tool.ts';
import type { Redactor } from '../../masking/redactor.ts';
import { type Plan, plannedRuns } from '../../plan/plan.ts';
import { findExecutable } from '../../process/find-executable.ts';
import { PipeMaker } from '../../process/output-pipes.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import type { SecretValue } from '../../vault/secret-value.ts';
import { DeterministicScheduler } from '../deterministic-scheduler.ts';
import type { RunReport } from '../event.ts';
import type { ExecutionBackend } from '../execution-backend.ts';
import type { HostCapabilities } from '../executors/host-capabilities.ts';
import { SandboxBase } from '../executors/sandbox/base.ts';
import type { RunContext } from '../run-context.ts';
import { Slots } from '../slots.ts';
import { TimeLimit } from '../time-limit.ts';
import { createScratch, type Scratch, scratchBase, sweepScratch } from '../workspace/scratch.ts';
import { type OpenFiles, openWorkspace, type Seal, sealedWorkspace, type WorkspaceOf } from '../workspace/workspace.ts';
import { requestCallApproval } from './approval.ts';
import { type CallEnd, runCall } from './run-call.ts';

/** What a run needs beside its plan: the machine, and the values that the plan was granted. */
export interface RunInput {
  readonly plan: Plan;
  /** Absolute, symlinks resolved. */
  readonly root: string;
  /** The environment of the caller. */
  readonly callerEnv: Readonly<Record<string, string | undefined>>;
  /** Out of it, what steps on the host get (environment.ts). */
  readonly hostEnv: Readonly<Record<string, string>>;
  /** Disposed of when the run ends. */
  readonly secrets: ReadonlyMap<string, SecretValue>;
  /** What files of the machine hold that containers get, by path; disposed of by who starts the run. */
  readonly machineFiles: ReadonlyMap<string, SecretValue>;
  readonly cancel: AbortSignal;
  readonly kill: AbortSignal;
  /** The limit of the whole run. */
  readonly timeoutMs?: number;
  /** Processes at one time. */
  readonly parallel: number;
  /** run-id.ts */
  readonly runId: string;
  readonly capabilities: HostCapabilities;
  /** run-context.ts */
  readonly lockPath: (name: string) => string;
  /** What steps see of the repository: a sealed copy of what they list, or the repository with these files for containers. */
  readonly files: Seal | OpenFiles;
  /** Hears all events. */
  readonly backend: ExecutionBackend;
  /** Masks the plan's secrets and sensitive arguments: masks.ts. */
  readonly redactor: Redactor;
}

/** Runs a plan whose preflight found nothing. @throws LockstepError `state/unusable` */
export async function executePlan(input: RunInput): Promise<RunReport> {
  const base = scratchBase(input.hostEnv.TMPDIR);
  let scratch: Scratch | undefined;
  try {
    await sweepLeftContainers(input);
    scratch = createScratch({ base });
    // What killed runs left is swept while the first step runs.
    const swept = rest().then(() => sweepScratch(base));
    return await runInWorkspace(input, scratch).finally(() => swept);
  } finally {
    scratch?.dispose();
    for (const value of input.secrets.values()) value.dispose();
  }
}

async function runInWorkspace(input: RunInput, scratch: Scratch): Promise<RunReport> {
  const { files, root } = input;
  if ('pathsOf' in files) return runToReport(input, scratch, openWorkspace(root, files));
  const copies = createScratch({ base: files.folder });
  try {
    sweepScratch(files.folder);
    return await runToReport(input, scratch, sealedWorkspace(files, copies));
  } finally {
    copies.dispose();
  }
}

async function approvedCall(plan: Plan, context: RunContext, cancel: AbortSignal): Promise<CallEnd> {
  const refused = await requestCallApproval(plan, context, cancel);
  return refused === null ? runCall(plan.root, plan.args, context, cancel) : { ...refused, outputs: {} };
}

function timedOut(afterMs: number): CallEnd {
  return { status: 'failed', outputs: {}, reason: { why: 'timeout', afterMs } };
}

/** Only where this run starts containers itself: asking a runtime takes a while. */
async function sweepLeftContainers({ plan, capabilities }: RunInput): Promise<void> {
  if (capabilities.containers === null || !plannedRuns(plan.root).some(({ executor }) => executor === 'container'))
    return;
  const { sweepContainers } = await import('../executors/containers/container-runtime.ts');
  await sweepContainers(capabilities.containers);
}

async function runToReport(input: RunInput, scratch: Scratch, workspaceOf: WorkspaceOf): Promise<RunReport> {
  const { plan, runId, cancel, backend } = input;
  const { tool, agent, group } = plan;
  const started = monotonicMs();
  const limit = new TimeLimit(input.timeoutMs, cancel);
  const context = { ...contextOf(input, scratch), workspaceOf, limits: [limit] };
  void backend.event({ type: 'run-started', run: runId, tool: tool.name, ...(agent && { agent: agent.name }), group });
  const ended = await approvedCall(plan, context, limit.signal).finally(() => limit.clear());
  const { status, reason, outputs } = limit.expired ? timedOut(input.timeoutMs ?? 0) : ended;
  const report: RunReport = {
    ...{ run: runId, tool: tool.name, status, ...(reason && { reason }) },
    steps: context.finished,
    outputs: shownOutputs(tool, outputs),
    durationMs: msSince(started),
  };
  void backend.event({ type: 'run-finished', report });
  return report;
}

function contextOf(input: RunInput, scratch: Scratch): Omit<RunContext, 'workspaceOf' | 'limits'> {
  const { runId, secrets, machineFiles, redactor, capabilities, lockPath, parallel, cancel, kill, backend } = input;
  return {
    runId,
    secrets,
    machineFiles,
    redactor,
    scratch,
    capabilities,
    lockPath,
    parallel,
    cancel,
    kill,
    backend,
    hostEnv: input.hostEnv,
    callerEnv: input.callerEnv,
    agentVariables: input.plan.agent?.env ?? new Map(),
    pipes: new PipeMaker(scratch.step('pipes').path, findExecutable('mkfifo', input.hostEnv.PATH ?? '', '/')),
    sandbox: capabilities.sandbox && new SandboxBase(capabilities.sandbox, scratch),
    slots: new Slots(parallel),
    heldLocks: new Set(),
    scheduler: new DeterministicScheduler(backend),
    answered: new Map(),
    emit: (event) => backend.event(event),
    finished: [],
  };
}

/** Nobody sees a sensitive output but the tool that calls. */
function shownOutputs({ sensitiveOutputs }: Tool, outputs: CallEnd['outputs']): Record<string, string> {
  const shown = Object.entries(outputs).map(([name, value]) => [name, sensitiveOutputs.has(name) ? '***' : value]);
  return Object.fromEntries(shown);
}
