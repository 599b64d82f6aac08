import { EvaluationError } from '../../definition/expressions/expression.ts';
import { LockstepError, limitOf, reasonOfCode, systemCode } from '../../errors.ts';
import { type ChildEnd, runChild } from '../../process/child.ts';
import type { SpawnFailure } from '../../process/start.ts';
import { markWork } from '../../util/lock-work.ts';
import { type Attempt, NEVER_BEGUN } from '../attempt.ts';
import type { EndReason } from '../event.ts';
import type { Executor } from '../executors/executor.ts';
import { GRACE_MS, TimeLimit } from '../time-limit.ts';
import type { StepScratch } from '../workspace/scratch.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { executorFor } from './choose-executor.ts';
import { OutputReader } from './output-reader.ts';
import { commandOf } from './step-command.ts';
import { environmentOf, type StepEnvironment, type StepTask, type StepWork } from './step-work.ts';

/**
 * The one place where the text road and the secret road meet: a planned step, its frame, and the secrets it was granted
 * become one process. Everything it writes is masked before it becomes an event or an output.
 * @param cancel of this step: the run's, or a timeout's of a tool around it
 * @param begin called when a process slot is free and this process starts
 */
export async function runStep(task: StepTask, cancel: AbortSignal, begin: () => void): Promise<Attempt> {
  const { planned, frame, run } = task;
  const { resources } = run;
  let scratch: StepScratch | undefined;
  let workspace: Workspace | undefined;
  try {
    return await resources.slots.use(async () => {
      if (cancel.aborted) return NEVER_BEGUN;
      begin();
      scratch = resources.scratch.step(planned.stepPath);
      workspace = resources.workspaceOf(frame.tool, planned.stepPath);
      const limit = new TimeLimit(planned.step.timeoutMs, cancel);
      return attempt({ ...task, limit, scratch, workspace }).finally(() => limit.clear());
    });
  } catch (error) {
    if (error instanceof EvaluationError) return failedAttempt({ why: 'expression', detail: error.message });
    // For example, the disk is full: other steps continue, and this one reports it.
    if (error instanceof LockstepError) return failedAttempt(notStarted(error.message));
    if (limitOf(error) !== undefined) return failedAttempt(notStarted(limitInWords(systemCode(error))));
    throw error;
  } finally {
    scratch?.dispose();
    workspace?.dispose();
  }
}

async function attempt(work: StepWork): Promise<Attempt> {
  const { planned, run, scope, scratch } = work;
  const environment = environmentOf(work);
  if ('fault' in environment) return failedAttempt(notStarted(environment.fault));
  const reader = new OutputReader(planned, { redactor: scope.redactor, emit: run.resources.emit });
  const end = await runToEnd(work, environment, reader).finally(() => reader.end());
  if ('reason' in end) return failedAttempt(end.reason);
  const attempted = conclude(end, work, reader);
  if (attempted.status !== 'succeeded') reader.tellDropped(scratch.read('output')?.length !== 0);
  return attempted;
}

/** How the process ended, or why there was none. */
type WorkEnd = ChildEnd | { readonly reason: EndReason };

async function runToEnd(work: StepWork, environment: StepEnvironment, reader: OutputReader): Promise<WorkEnd> {
  const executor = await openExecutor(work, environment, reader);
  if ('fault' in executor) return work.limit.signal.aborted ? CANCELLED : { reason: notStarted(executor.fault) };
  const end = await runIn(executor, work, environment, reader).finally(() => executor.end());
  if ('reason' in end || (end.kind !== 'exit' && end.kind !== 'not-started')) return end;
  const fault = executor.notBegun?.();
  return fault === undefined ? end : { reason: notStarted(fault) };
}

/** What an image or a service says while it is made ready is not of the step itself: it has a stream of its own. */
function openExecutor(work: StepWork, { variables }: StepEnvironment, reader: OutputReader) {
  const preparation = { signal: work.limit.signal, tell: (chunk: Uint8Array) => reader.write('stderr', chunk) };
  return executorFor(work, variables, preparation);
}

async function runIn(
  executor: Executor,
  work: StepWork,
  environment: StepEnvironment,
  reader: OutputReader,
): Promise<WorkEnd> {
  const { planned, scope, limit } = work;
  const { input, resources } = work.run;
  const started = await commandOf(work, environment, executor);
  if ('reason' in started) return started;
  const locks = [...scope.locksOver(planned.step)];
  const marks: (() => void)[] = [];
  try {
    return await runChild({
      ...started.command,
      pipes: resources.pipes,
      // With `output:` standard output is data, and messages on standard error must not mix with it.
      streams: planned.step.output === undefined ? 'together' : 'apart',
      graceMs: GRACE_MS,
      signal: limit.signal,
      killSignal: input.kill,
      // A sandbox and a container end all that is in them.
      findStrays: planned.executor === 'host',
      onStart: (_, pid) => marks.push(...locks.map((lock) => markWork(input.lockPath(lock), pid))),
      onOutput: (stream, chunk) => reader.write(stream, chunk),
    });
  } finally {
    for (const remove of marks) remove();
    started.dispose();
  }
}

const CANCELLED: ChildEnd = { kind: 'cancelled' };

/** What a step waits for before it starts, images and services, counts as its own time: one clock for both. */
function ended(end: ChildEnd, limit: TimeLimit): ChildEnd {
  return end.kind === 'cancelled' && limit.expired ? { kind: 'timeout' } : end;
}

function conclude(childEnd: ChildEnd, { planned: { step }, limit, scratch }: StepWork, reader: OutputReader): Attempt {
  const end = ended(childEnd, limit);
  switch (end.kind) {
    case 'exit': {
      if (end.code !== 0) return { status: 'failed', exitCode: end.code, reason: { why: 'exit-code', code: end.code } };
      const read = reader.outputs(scratch.read('output'));
      return 'reason' in read
        ? { status: 'failed', exitCode: 0, ...read }
        : { status: 'succeeded', exitCode: 0, ...read };
    }
    case 'signal':
      return failedAttempt({ why: 'signal', signal: end.signal });
    case 'timeout':
      return failedAttempt({ why: 'timeout', afterMs: step.timeoutMs ?? 0 });
    case 'cancelled':
      return { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' } };
    case 'not-started':
      return failedAttempt(notStarted(startFailure(end.failure)));
    default:
      return end satisfies never;
  }
}

/** The limit that was reached, and how to raise it. */
function limitInWords(code = ''): string {
  return `${reasonOfCode(code)}; ${limitOf(code)?.hint}`;
}

function startFailure(why: SpawnFailure): string {
  return Object.hasOwn(NOT_STARTED, why) ? (NOT_STARTED[why] ?? '') : limitInWords(why);
}

const NOT_STARTED: Readonly<Record<string, string>> = {
  'not-found': 'the interpreter was not found',
  'not-executable': 'the interpreter is not executable',
  'no-such-folder': 'the working directory does not exist',
  'argument-too-long': 'its variables together are larger than the system allows',
  other: 'a variable holds a value that the system does not accept',
} satisfies Partial<Record<SpawnFailure, string>>;

function failedAttempt(reason: EndReason): Attempt {
  return { status: 'failed', exitCode: null, reason };
}

function notStarted(detail: string): EndReason {
  return { why: 'not-started', detail };
}
