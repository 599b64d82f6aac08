import { EvaluationError } from '../definition/expression.ts';
import type { FilledScript, ScriptFault } from '../definition/scripts/filling.ts';
import { fillScript, loadScriptFiller } from '../definition/scripts/script-filler.ts';
import { scriptLanguage } from '../definition/scripts/script-language.ts';
import { asText, renderText } from '../definition/template.ts';
import { LockstepError, limitOf, reasonOfCode, systemCode } from '../errors.ts';
import { ITEM_VARIABLES, inputVariable } from '../names.ts';
import { importGuard } from '../plan/make-plan.ts';
import type { PlannedRun } from '../plan/plan.ts';
import { type ChildEnd, runChild } from '../process/child.ts';
import type { NotStarted } from '../process/start.ts';
import { markWork } from '../util/lock-work.ts';
import { fitsVariable, passedEnvironment } from './environment.ts';
import type { EndReason } from './event.ts';
import { executorFor } from './executors/choose.ts';
import type { Frame } from './frame.ts';
import { handFiles, inject } from './injection.ts';
import { OutputReader } from './output-reader.ts';
import { GRACE_MS, locksOver, type RunContext } from './run-context.ts';
import type { StepScratch } from './scratch.ts';
import { scriptFileName } from './shell.ts';
import { TimeLimit } from './time-limit.ts';
import { findFolder } from './workdir.ts';
import type { Workspace } from './workspace.ts';

/** How one attempt ended. `outputs` are masked, but for those that are sensitive. */
export type Attempt =
  | { readonly status: 'succeeded'; readonly exitCode: number; readonly outputs: Readonly<Record<string, string>> }
  | {
      readonly status: 'failed' | 'cancelled';
      readonly exitCode: number | null;
      readonly reason: EndReason;
      /** It was cancelled while it waited for its turn. */
      readonly begun?: false;
    };

/**
 * The one place where the text road and the secret road meet: a planned step, its frame, and the secrets it was granted
 * become one process. Everything it writes is masked before it becomes an event or an output.
 * @param cancel of this step: the run's, or a timeout's of a tool around it
 * @param begin called when as few processes run as may, and this one starts
 */
export async function runStep(
  planned: PlannedRun,
  frame: Frame,
  context: RunContext,
  cancel: AbortSignal,
  begin: () => void,
): Promise<Attempt> {
  let scratch: StepScratch | undefined;
  let workspace: Workspace | undefined;
  try {
    return await context.slots.use(async () => {
      if (cancel.aborted) return { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' }, begun: false };
      begin();
      scratch = context.scratch.step(planned.path);
      workspace = context.workspaceOf(frame.tool, planned.path);
      const limit = new TimeLimit(planned.step.timeoutMs, cancel);
      return attempt(planned, frame, context, limit, scratch, workspace).finally(() => limit.clear());
    });
  } catch (error) {
    if (error instanceof EvaluationError) return failed({ why: 'expression', detail: error.message });
    // The disk is full, say: other steps go on, and this one says so.
    if (error instanceof LockstepError) return failed({ why: 'not-started', detail: error.message });
    if (limitOf(error) !== undefined) return failed({ why: 'not-started', detail: limitInWords(systemCode(error)) });
    throw error;
  } finally {
    scratch?.dispose();
    workspace?.dispose();
  }
}

async function attempt(
  planned: PlannedRun,
  frame: Frame,
  context: RunContext,
  limit: TimeLimit,
  scratch: StepScratch,
  workspace: Workspace,
): Promise<Attempt> {
  const { step } = planned;
  const variables = { ...frame.variables(), ...frame.render(step.env, frame.variables()) };
  const cwd = findFolder(workspace.root, step.workdir ? renderText(step.workdir, frame.scope(variables)) : '.');
  // It may quote an argument.
  if ('fault' in cwd) return failed({ why: 'not-started', detail: context.redactor.text(cwd.fault) });
  const item = itemVariables(frame);
  if (!Object.entries(item).every(([name, value]) => fitsVariable(name, value)))
    return failed({ why: 'not-started', detail: 'the item is larger than a variable can be' });
  const inputs = inputVariables(frame);
  for (const name of inputs.tooLarge)
    void context.emit({
      type: 'notice',
      step: planned.path,
      message: `the argument "${name}" is larger than a variable can be: $${inputVariable(name)} is not set, $LOCKSTEP_INPUT holds it`,
    });
  const environment = {
    // An image has its own.
    ...(planned.executor === 'container' ? {} : context.machine),
    ...passedEnvironment(context.ambient, planned.passed),
    ...importGuard(planned.shell, workspace.sealed),
    ...Object.fromEntries(context.agentVariables),
    ...variables,
    ...inputs.variables,
    ...item,
  };
  const reader = new OutputReader(planned, context);
  // With `output:` standard output is data, and messages on standard error must not mix with it.
  const streams = step.output === undefined ? 'together' : 'apart';
  const messages = streams === 'together' ? 'stdout' : 'stderr';
  const preparation = { signal: limit.signal, tell: (chunk: Uint8Array) => reader.write(messages, chunk) };
  const executor = await executorFor(planned, frame, environment, context, workspace, scratch, preparation);
  if ('fault' in executor) {
    reader.end();
    if (limit.signal.aborted) return conclude(ended(CANCELLED, limit), planned, reader, scratch);
    return failed({ why: 'not-started', detail: executor.fault });
  }
  const shell = executor.resolve(planned.shell, cwd.path);
  if ('missing' in shell)
    return failed({ why: 'not-started', detail: `${shell.missing.join(' or ')} is not installed` });
  const filled = await filledScript(planned, frame);
  if ('faults' in filled) return failed({ why: 'arguments', detail: templateFault(filled.faults, frame.tool.name) });
  const script = Buffer.from(filled.script);
  const hand = (name: string, bytes: Uint8Array, mode: number) => executor.inside(scratch.write(name, bytes, mode));
  const input = hand('input.json', Buffer.from(JSON.stringify(frame.args)), 0o400);
  const output = hand('output', new Uint8Array(), 0o600);
  if (planned.executor === 'container') handFiles(frame.tool, context.machineFiles, scratch);
  const injection = inject(planned.secrets, context.secrets, scratch, executor.inside);
  const command = executor.command({
    file: shell.file,
    ...(shell.stdinArgs && injection.stdin === undefined
      ? { args: shell.stdinArgs, stdin: script }
      : { args: shell.args(hand(scriptFileName(planned.shell), script, 0o500)) }),
    ...(injection.stdin !== undefined && { stdin: injection.stdin }),
    cwd: executor.inside(cwd.path),
    env: {
      ...environment,
      ...filled.variables,
      ...injection.variables,
      LOCKSTEP_INPUT: input,
      LOCKSTEP_OUTPUT: output,
      // The same for each attempt, and where a run that was killed does the step once more.
      LOCKSTEP_IDEMPOTENCY_KEY: `${context.run}/${planned.path}`,
    },
  });
  const locks = [...locksOver(step, context.held)];
  const marks: (() => void)[] = [];
  const end = await runChild({
    ...command,
    pipes: context.pipes,
    streams,
    graceMs: GRACE_MS,
    signal: limit.signal,
    killSignal: context.kill,
    onStart: (_, pid) => marks.push(...locks.map((lock) => markWork(context.lockPath(lock), pid))),
    onOutput: (stream, chunk) => reader.write(stream, chunk),
  }).finally(() => {
    for (const remove of marks) remove();
    return executor.end();
  });
  injection.dispose();
  reader.end();
  const fault = executor.notBegun?.();
  if ((end.how === 'exit' || end.how === 'not-started') && fault !== undefined)
    return failed({ why: 'not-started', detail: fault });
  const attempted = conclude(ended(end, limit), planned, reader, scratch);
  if (attempted.status !== 'succeeded') reader.tellDropped(scratch.read('output')?.length !== 0);
  return attempted;
}

const CANCELLED: ChildEnd = { how: 'cancelled' };

/** What a step waits for before it starts, images and services, counts as its own time: one clock for both. */
function ended(end: ChildEnd, limit: TimeLimit): ChildEnd {
  return end.how === 'cancelled' && limit.expired ? { how: 'timeout' } : end;
}

function conclude(end: ChildEnd, { step }: PlannedRun, reader: OutputReader, scratch: StepScratch): Attempt {
  switch (end.how) {
    case 'exit': {
      if (end.code !== 0) return { status: 'failed', exitCode: end.code, reason: { why: 'exit-code', code: end.code } };
      const read = reader.outputs(scratch.read('output'));
      return 'reason' in read
        ? { status: 'failed', exitCode: 0, ...read }
        : { status: 'succeeded', exitCode: 0, ...read };
    }
    case 'signal':
      return failed({ why: 'signal', signal: end.signal });
    case 'timeout':
      return failed({ why: 'timeout', afterMs: step.timeoutMs ?? 0 });
    case 'cancelled':
      return { status: 'cancelled', exitCode: null, reason: { why: 'cancelled' } };
    case 'not-started':
      return failed({ why: 'not-started', detail: whyNotStarted(end.why) });
    default:
      return end satisfies never;
  }
}

/** What is used up, and how to raise it. */
function limitInWords(code = ''): string {
  return `${reasonOfCode(code)}; ${limitOf(code)?.hint}`;
}

function whyNotStarted(why: NotStarted): string {
  return Object.hasOwn(NOT_STARTED, why) ? (NOT_STARTED[why] ?? '') : limitInWords(why);
}

const NOT_STARTED: Readonly<Record<string, string>> = {
  'not-found': 'the interpreter was not found',
  'not-executable': 'the interpreter is not executable',
  'no-such-folder': 'the working directory does not exist',
  'argument-too-long': 'its variables together are larger than the system takes',
  other: 'a variable holds what the system does not take',
} satisfies Partial<Record<NotStarted, string>>;

function failed(reason: EndReason): Attempt {
  return { status: 'failed', exitCode: null, reason };
}

async function filledScript({ step, shell }: PlannedRun, { tool, args }: Frame): Promise<FilledScript> {
  if (step.template === undefined) return { script: step.script, variables: {} };
  await loadScriptFiller([tool]);
  return fillScript({ template: step.template, language: scriptLanguage(shell), values: args, args: tool.args });
}

function templateFault(faults: readonly ScriptFault[], tool: string): string {
  return faults
    .map(({ argument, fault, line }) => `the argument "${argument}" of ${tool} ${fault} (line ${line} of the script)`)
    .join('\n');
}

function itemVariables({ each }: Frame): Record<string, string> {
  if (each === undefined) return {};
  const [item, index] = ITEM_VARIABLES;
  return { [item]: asText(each.item), [index]: String(each.index) };
}

/** Every declared argument has its variable; one that was not given is empty (and absent from $LOCKSTEP_INPUT). */
function inputVariables({ tool, args }: Frame): { variables: Record<string, string>; tooLarge: string[] } {
  const texts = [...tool.args.keys()].map((name) => [name, asText(args[name] ?? null)] as const);
  const fits = ([name, text]: (typeof texts)[number]) => fitsVariable(inputVariable(name), text);
  const fitting = texts.filter(fits).map(([name, text]) => [inputVariable(name), text]);
  return { variables: Object.fromEntries(fitting), tooLarge: texts.filter((one) => !fits(one)).map(([name]) => name) };
}
