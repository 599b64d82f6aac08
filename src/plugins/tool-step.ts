import type { ErrorCode, JsonValue, ProblemReport, Project, RunEvent, RunReport } from '../index.ts';
import { describeReason, reasonBeside } from '../run/event.ts';
import { isRecord } from '../util/guards.ts';
import { isTop } from '../util/step-path.ts';

/** The call of a tool, as a workflow engine stores it. It is data of the engine: secret values do not belong in it. */
export interface ToolStep {
  readonly tool: string;
  /** Argument values, validated against the tool's declarations. */
  readonly args?: Readonly<Record<string, JsonValue>>;
  readonly agent?: string;
  readonly group?: string;
}

/** What a worker allows its steps. */
export interface ToolStepSettings {
  /** The only tools that a step may call; default: all. Who writes to the engine chooses the tool and its arguments. */
  readonly tools?: readonly string[];
  /** The agent that calls every tool, under its ceiling of secrets; a step that names another one is refused. */
  readonly agent?: string;
  /** The only groups whose secrets a step may use; one that names none uses the first. Default: all. */
  readonly groups?: readonly string[];
  /** The limit of the run in milliseconds, besides the tool's own. */
  readonly timeoutMs?: number;
  /** Where a step or the agent has `approve: always`: wait for `lockstep runs approve`. Without it such a call is refused. */
  readonly awaitApproval?: boolean;
  /** Hears the masked events, in their order; the run waits for it. */
  readonly onEvent?: (event: RunEvent) => void | Promise<void>;
}

export interface ToolStepOptions extends ToolStepSettings {
  /** Names the work, and is the same each time that the engine tries it: steps get `KEY/STEP` as `LOCKSTEP_IDEMPOTENCY_KEY`. */
  readonly idempotencyKey: string;
  /** Ends the run gently: TERM to each process group, 5 s, KILL. */
  readonly signal?: AbortSignal;
  /** Hears how far the run is: when it has started, and after each of its steps. */
  readonly onProgress?: (progress: ToolProgress) => void;
}

/** How far a run is, in names and numbers that an engine may show. */
export interface ToolProgress {
  readonly run: string;
  /** The step that ended last. */
  readonly step?: string;
  readonly ended: number;
  /** Absent where the journal cannot be read. */
  readonly total?: number;
}

/** What the engine stores of a run that succeeded. */
export interface ToolStepResult {
  /** The name of the run in `lockstep runs list`, on the machine of the worker. */
  readonly run: string;
  /** Masked. */
  readonly outputs: Readonly<Record<string, string>>;
}

/** The data of the engine is not a step, or calls a tool that the worker does not allow. */
export class InvalidToolStep extends Error {
  override readonly name = 'InvalidToolStep';
}

/** Preflight refused the call, and nothing was started. The same call is refused again, so a retry does not help. */
export class ToolRefused extends Error {
  override readonly name = 'ToolRefused';
  readonly tool: string;
  readonly problems: readonly ProblemReport[];

  constructor(tool: string, problems: readonly ProblemReport[]) {
    super([`${tool} was refused, and nothing was started`, ...problems.map(problemLine)].join('\n'));
    this.tool = tool;
    this.problems = problems;
  }
}

/** The tool ran and failed. A retry may succeed. */
export class ToolFailed extends Error {
  override readonly name = 'ToolFailed';
  readonly report: RunReport;

  constructor(report: RunReport) {
    super([`${report.tool} failed (run ${report.run})`, ...failures(report)].join('\n'));
    this.report = report;
  }
}

/** The run was cancelled: by the signal, or by a person with `lockstep runs cancel`. */
export class ToolCancelled extends Error {
  override readonly name = 'ToolCancelled';
  readonly report: RunReport;

  constructor(report: RunReport) {
    super(`${report.tool} was cancelled (run ${report.run})`);
    this.report = report;
  }
}

/** Codes of a `LockstepError` that the call itself causes, on every machine. */
const CAUSED_BY_THE_CALL: readonly ErrorCode[] = ['run/not-approved', 'value/invalid'];

/**
 * Whether trying again cannot help: the call was refused, or cancelled. What the world denies (no identity, a full disk)
 * and a tool that failed may go well the next time.
 */
export function isFinal(error: unknown): boolean {
  if ([InvalidToolStep, ToolRefused, ToolCancelled].some((kind) => error instanceof kind)) return true;
  // By name: the program's `lockstep` may be another copy of the package.
  if (!(error instanceof Error) || error.name !== 'LockstepError' || !('code' in error)) return false;
  return CAUSED_BY_THE_CALL.some((code) => code === error.code);
}

/**
 * Runs a tool as one step of a workflow engine: the way for an engine that has no plugin of its own here. Each call is a
 * new run; the engine decides whether to try again.
 * @param step as the engine has kept it
 * @throws InvalidToolStep, ToolRefused, ToolFailed, ToolCancelled; LockstepError where the world of this machine is not
 * as needed (no identity, a full disk)
 */
export async function runToolStep(
  project: Project,
  step: ToolStep,
  { onEvent, onProgress, tools, agent: only, groups, ...options }: ToolStepOptions,
): Promise<ToolStepResult> {
  requireToolStep(step);
  requireAllowed(step, { tools, agent: only, groups });
  const { tool, args, agent = only, group = groups?.[0] } = step;
  const run = project.run(tool, {
    ...options,
    ...(args && { args }),
    ...(agent !== undefined && { agent }),
    ...(group !== undefined && { group }),
  });
  const progress = onProgress && new Progress(project, run.id, onProgress);
  try {
    for await (const event of run) {
      await progress?.event(event);
      await onEvent?.(event);
    }
  } catch (error) {
    run.cancel();
    await run.result();
    throw error;
  }
  const result = await run.result();
  if (result.kind === 'refused') throw new ToolRefused(result.tool, result.problems);
  if (result.status === 'cancelled') throw new ToolCancelled(result);
  if (result.status === 'failed') throw new ToolFailed(result);
  return { run: result.run, outputs: result.outputs };
}

/** Another program may have written the step. Its values do not belong in a message. */
function requireToolStep(step: unknown): asserts step is ToolStep {
  const isName = (value: unknown) => value === undefined || typeof value === 'string';
  if (!isRecord(step) || typeof step.tool !== 'string' || !isName(step.agent) || !isName(step.group))
    throw new InvalidToolStep('the data of the step is not {tool, args?, agent?, group?}');
  if (step.args !== undefined && !isRecord(step.args))
    throw new InvalidToolStep('the arguments of the step are not an object');
}

/** What a worker allows. A list without names allows nothing. */
interface Allowed {
  readonly tools: readonly string[] | undefined;
  readonly agent: string | undefined;
  readonly groups: readonly string[] | undefined;
}

function requireAllowed({ tool, agent, group }: ToolStep, allowed: Allowed): void {
  const { tools, groups } = allowed;
  if (tools !== undefined && !tools.includes(tool))
    throw new InvalidToolStep(`this worker runs only: ${tools.join(', ')}`);
  if (allowed.agent !== undefined && agent !== undefined && agent !== allowed.agent)
    throw new InvalidToolStep(`this worker calls tools only as the agent ${allowed.agent}`);
  if (groups !== undefined && (groups.length === 0 || (group !== undefined && !groups.includes(group))))
    throw new InvalidToolStep(`this worker uses only the secrets of: ${groups.join(', ')}`);
}

/** Counts the steps of the called tool itself. */
class Progress {
  readonly #project: Project;
  readonly #run: string;
  readonly #heard: (progress: ToolProgress) => void;
  #ended = 0;
  #total: number | undefined;

  constructor(project: Project, run: string, heard: (progress: ToolProgress) => void) {
    this.#project = project;
    this.#run = run;
    this.#heard = heard;
  }

  async event(event: RunEvent): Promise<void> {
    if (event.type === 'run-started') {
      this.#total = await this.#planned();
      this.#say({});
    } else if (event.type === 'step-finished' && isTop(event.step.id)) {
      this.#ended += 1;
      this.#say({ step: event.step.id });
    }
  }

  #say(last: { readonly step?: string }): void {
    const total = this.#total;
    this.#heard({ run: this.#run, ...last, ended: this.#ended, ...(total !== undefined && { total }) });
  }

  async #planned(): Promise<number | undefined> {
    try {
      const { plan } = await this.#project.runs.get(this.#run);
      return plan?.filter(({ id }) => isTop(id)).length;
    } catch {
      // A run goes well without its journal.
      return undefined;
    }
  }
}

function problemLine({ code, message, file, line }: ProblemReport): string {
  return `${file === undefined ? '' : `${file}:${line}: `}${message} [${code}]`;
}

function failures({ reason, steps }: RunReport): string[] {
  const failed = steps.filter(({ status, forgiven }) => status === 'failed' && forgiven !== true);
  return [
    // The steps say more.
    ...(reason && reason.why !== 'call' ? [describeReason(reason)] : []),
    ...failed.map((step) => `${step.id}: ${reasonBeside(step) ?? 'failed'}`),
  ];
}
