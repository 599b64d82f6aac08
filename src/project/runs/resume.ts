import { ancestorsOf } from '../../definition/model/ancestors.ts';
import type { Tool } from '../../definition/model/tool.ts';
import type { JournaledRun } from '../../engine/read-journal.ts';
import { isRunning } from '../../engine/run-summary.ts';
import { LockstepError } from '../../errors.ts';
import { givenNames } from '../../plan/arguments.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { isTop, topOf } from '../../util/step-path.ts';
import type { RunOptions } from './call-options.ts';
import type { ResumeState, RunRequest } from './launch.ts';

export interface ResumeOptions extends RunOptions {
  /** Continues although the definitions have changed. */
  readonly withChanges?: boolean;
  /** Runs steps that are not on record, although the journal has a gap and they may have run before. */
  readonly repeatUnknown?: boolean;
}

type ResumeCommand = 'lockstep runs resume' | 'lockstep runs retry';

/** @throws LockstepError `run/not-resumable` where the run is running, or has ended */
export function requestResume(journaled: JournaledRun, options: ResumeOptions): RunRequest {
  const { header, report, recorded } = journaled;
  const { run, tool } = header;
  if (report !== undefined) {
    const hints =
      report.status === 'succeeded'
        ? [`lockstep runs retry ${run} --from STEP`, `lockstep run ${tool}`]
        : [`lockstep runs retry ${run}`];
    throw notResumable(`the run ${run} has ended: it ${said(report.status)}`, hints);
  }
  requireNotRunning(journaled);
  requireWholeRecord(journaled, options, 'lockstep runs resume');
  return {
    ...sameCall(journaled, options),
    past: {
      continues: { run },
      recorded,
      ...(header.seal !== undefined && { seal: header.seal }),
      // People approved the definitions of that time, so an answer does not apply to changed ones.
      ...(options.withChanges ? { withChanges: true } : { answered: journaled.answered, asked: journaled.asked }),
      check: changeCheck(journaled, options, 'lockstep runs resume'),
    },
  };
}

/** @throws LockstepError `run/not-resumable` where the run is running, or has no such step */
export function requestRetry(
  journaled: JournaledRun,
  from: string | undefined,
  tools: ReadonlyMap<string, Tool>,
  options: ResumeOptions,
): RunRequest {
  requireNotRunning(journaled);
  requireWholeRecord(journaled, options, 'lockstep runs retry');
  const { run, tool: name, seal } = journaled.header;
  const tool = tools.get(name);
  if (from !== undefined && tool !== undefined && !tool.steps.some(({ id }) => id === from)) {
    const ids = tool.steps.map(({ id }) => id);
    const hint = didYouMean(from, ids) ?? `its steps are: ${ids.join(', ')}`;
    throw notResumable(`${name} has no step "${from}"`, [hint, `lockstep runs retry ${run}`]);
  }
  const recorded = tool === undefined ? new Map() : finishedBefore(journaled, tool, from);
  const isDone = journaled.report?.status === 'succeeded' && tool?.steps.every(({ id }) => isWell(journaled, id));
  if (from === undefined && isDone)
    throw notResumable(`nothing to retry: the run ${run} and all its steps succeeded`, [
      `lockstep runs retry ${run} --from STEP`,
      `lockstep run ${name}`,
    ]);
  const retries = { run, ...(from !== undefined && { from }) };
  return {
    ...sameCall(journaled, options),
    past: {
      recorded,
      retries,
      ...(seal !== undefined && { seal }),
      check: changeCheck(journaled, options, 'lockstep runs retry'),
    },
  };
}

/** The steps that succeeded and do not depend on a repeated step, with the steps below them. */
export function finishedBefore(
  journaled: JournaledRun,
  tool: Tool,
  from: string | undefined,
): JournaledRun['recorded'] {
  const { recorded } = journaled;
  const succeeded = (id: string) => recorded.get(id)?.report.status === 'succeeded';
  const isAnew = (id: string) => id === from || !isWell(journaled, id);
  const rests = new Set(
    tool.steps
      .filter(({ id }) => !isAnew(id) && ancestorsOf(tool, id).every((one) => !isAnew(one.id)))
      .map(({ id }) => id),
  );
  return new Map([...recorded].filter(([path]) => rests.has(topOf(path)) && (!isTop(path) || succeeded(path))));
}

function isWell({ recorded }: JournaledRun, id: string): boolean {
  const status = recorded.get(id)?.report.status;
  return status === 'succeeded' || status === 'skipped';
}

function sameCall({ header }: JournaledRun, options: ResumeOptions): Omit<RunRequest, 'past'> {
  const { run, tool, agent, group, on, idempotencyKey, args, withheld } = header;
  const timeoutMs = options.timeoutMs ?? header.timeoutMs;
  const given = givenNames(options);
  const [other] = Object.keys(args).filter((name) => given.has(name));
  if (other !== undefined && options.withChanges !== true)
    throw notResumable(`the run ${run} keeps the argument "${other}" that it started with`, [
      `without --arg ${other}, or with --with-changes`,
      `lockstep run ${tool}`,
    ]);
  const [missing] = withheld.filter((name) => !given.has(name));
  if (missing !== undefined)
    throw notResumable(
      `the run ${run} kept nothing of its argument "${missing}", which is or may be sensitive: give it again`,
      [`lockstep runs resume ${run} --args-file FILE`],
    );
  const call: RunOptions = {
    ...options,
    values: { ...args, ...options.values },
    ...(agent !== undefined && { agent }),
    ...(group !== null && { group }),
    ...(on !== undefined && { on }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
  return { tool, options: call };
}

function changeCheck(
  { header }: JournaledRun,
  { withChanges }: ResumeOptions,
  command: ResumeCommand,
): ResumeState['check'] {
  return ({ digest }) => {
    if (withChanges === true || digest === (header.digest ?? undefined)) return;
    throw notResumable(
      `${header.tool}, or a tool or file that it relies on, has changed since the run ${header.run} began`,
      [`git diff, then: ${command} ${header.run} --with-changes`, `lockstep run ${header.tool}`],
    );
  };
}

function requireNotRunning(journaled: JournaledRun): void {
  const { run } = journaled.header;
  if (isRunning(journaled))
    throw notResumable(`the run ${run} is still running`, [
      `lockstep runs logs ${run} -f`,
      `lockstep runs cancel ${run}`,
    ]);
}

/** A step that is not on record may still have run: it may have paid, posted, deployed. */
function requireWholeRecord(journaled: JournaledRun, options: ResumeOptions, command: ResumeCommand): void {
  if (!journaled.hasGap || options.repeatUnknown === true) return;
  const { run } = journaled.header;
  throw notResumable(`the journal of the run ${run} has a gap: steps that are not on record may have run`, [
    `lockstep runs show ${run} shows what is on record`,
    `${command} ${run} --repeat-unknown runs all other steps, even those that may have run before`,
  ]);
}

function said(status: string): string {
  return status === 'cancelled' ? 'was cancelled' : status;
}

function notResumable(message: string, hints: readonly string[]): LockstepError {
  return new LockstepError('run/not-resumable', message, hints);
}
