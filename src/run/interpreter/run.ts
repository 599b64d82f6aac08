import { setImmediate as yieldToEventLoop } from 'node:timers/promises';
import type { Tool } from '../../definition/model/tool.ts';
import type { Redactor } from '../../masking/redactor.ts';
import { plannedRuns } from '../../plan/plan.ts';
import { monotonicMs, msSince } from '../../util/timing.ts';
import { CallScope } from '../context/call-scope.ts';
import type { RunInput } from '../context/run-input.ts';
import { type ActiveRun, runResources } from '../context/run-resources.ts';
import type { RunReport } from '../event.ts';
import type { ExecutionBackend } from '../execution-backend.ts';
import { createScratch, type Scratch, scratchBase, sweepScratch } from '../workspace/scratch.ts';
import { openWorkspace, sealedWorkspace, type WorkspaceOf } from '../workspace/workspace.ts';
import { requestCallApproval } from './approval.ts';
import { type CallEnd, runCall } from './run-call.ts';
import { runSentStep } from './run-sent-step.ts';

/**
 * Runs a plan whose preflight found nothing.
 * @param backend hears all events
 * @param redactor masks the plan's secrets and sensitive arguments: masks.ts
 * @throws LockstepError `state/unusable`
 */
export async function executePlan(input: RunInput, backend: ExecutionBackend, redactor: Redactor): Promise<RunReport> {
  const base = scratchBase(input.hostEnv.TMPDIR);
  let scratch: Scratch | undefined;
  try {
    await sweepLeftContainers(input);
    const own = createScratch({ base });
    scratch = own;
    // The leftovers of killed runs are swept while the first step runs.
    const swept = yieldToEventLoop().then(() => sweepScratch(base));
    const run = (workspaceOf: WorkspaceOf) =>
      runToReport({ input, resources: runResources(input, { backend, scratch: own, workspaceOf }) }, redactor);
    return await inWorkspace(input, run).finally(() => swept);
  } finally {
    scratch?.dispose();
    for (const value of input.secrets.values()) value.dispose();
  }
}

async function inWorkspace<T>({ files, root }: RunInput, run: (workspaceOf: WorkspaceOf) => Promise<T>): Promise<T> {
  if ('pathsOf' in files) return run(openWorkspace(root, files));
  const copies = createScratch({ base: files.folder });
  try {
    sweepScratch(files.folder);
    return await run(sealedWorkspace(files, copies));
  } finally {
    copies.dispose();
  }
}

async function approvedCall(run: ActiveRun, scope: CallScope): Promise<CallEnd> {
  const { plan } = run.input;
  const refused = await requestCallApproval(plan, run.resources, scope);
  return refused === null ? runCall(plan.root, plan.args, run, scope) : { ...refused, outputs: {} };
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

async function runToReport(run: ActiveRun, redactor: Redactor): Promise<RunReport> {
  const { input, resources } = run;
  const { plan, runId } = input;
  const { tool, agent, group } = plan;
  const started = monotonicMs();
  const scope = CallScope.ofRun(redactor, input);
  void resources.emit({ type: 'run-started', run: runId, tool: tool.name, ...(agent && { agent: agent.name }), group });
  const work = input.only === undefined ? approvedCall(run, scope) : runSentStep(input.only, run, scope);
  const ended = await work.finally(() => scope.leave());
  const { status, reason, outputs } = scope.expired ? timedOut(input.timeoutMs ?? 0) : ended;
  const report: RunReport = {
    ...{ run: runId, tool: tool.name, status, ...(reason && { reason }) },
    steps: resources.progress.finished,
    outputs: shownOutputs(tool, outputs),
    durationMs: msSince(started),
  };
  void resources.emit({ type: 'run-finished', report });
  return report;
}

/** Only the calling tool sees a sensitive output. */
function shownOutputs({ sensitiveOutputs }: Tool, outputs: CallEnd['outputs']): Record<string, string> {
  const shown = Object.entries(outputs).map(([name, value]) => [name, sensitiveOutputs.has(name) ? '***' : value]);
  return Object.fromEntries(shown);
}
