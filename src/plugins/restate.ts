import { CancelledError, type Context, type RunOptions, service, TerminalError } from '@restatedev/restate-sdk';
import type { Project } from '../index.ts';
import {
  isFinal,
  runToolStep,
  ToolCancelled,
  type ToolStep,
  type ToolStepResult,
  type ToolStepSettings,
} from './tool-step.ts';

export type { ToolStep, ToolStepResult, ToolStepSettings } from './tool-step.ts';

export interface RestateSettings extends ToolStepSettings {
  /** How often and how long a tool that failed is tried again; default: as `ctx.run` of Restate. */
  readonly retries?: Omit<RunOptions<ToolStepResult>, 'serde'>;
}

/** How many tools a handler has called: handlers are deterministic, so a replay counts alike. */
const calls = new WeakMap<object, number>();

/**
 * Runs a tool within a handler, as one durable step. A call that is refused or cancelled throws a `TerminalError`. When
 * the invocation is cancelled, or its attempt ends, the tool's processes have ended before this throws.
 *
 * @example
 * const { outputs } = await runTool(ctx, project, { tool: 'deploy', args: { to: 'staging' } });
 */
export async function runTool(
  ctx: Context,
  project: Project,
  step: ToolStep,
  { retries = {}, ...settings }: RestateSettings = {},
): Promise<ToolStepResult> {
  const number = (calls.get(ctx) ?? 0) + 1;
  calls.set(ctx, number);
  const { id, attemptCompletedSignal } = ctx.request();
  const stop = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const action = () => {
    const run = runToolStep(project, step, {
      ...settings,
      idempotencyKey: `restate:${id}:${number}`,
      signal: AbortSignal.any([attemptCompletedSignal, stop.signal]),
    });
    running = run.catch(() => undefined);
    return run.catch((error: unknown) => {
      // An attempt that ends by itself, as when the server is gone, is repeated.
      const isCut = error instanceof ToolCancelled && attemptCompletedSignal.aborted;
      throw isCut ? error : terminal(error);
    });
  };
  try {
    return await ctx.run(`lockstep ${number}`, action, retries);
  } catch (error) {
    if (error instanceof CancelledError) {
      stop.abort();
      await running;
    }
    throw error;
  }
}

/** How long Restate waits for a service that says nothing. */
interface Patience {
  /** The longest time in milliseconds that a tool may take; Restate would end and repeat a longer one. Default: a day. */
  readonly longestMs?: number;
}

const DAY_MS = 86_400_000;

/** A ready service with one handler: `POST /NAME/run` with the call of a tool, or `ctx.serviceClient` from another one. */
export function toolService<N extends string = 'lockstep'>(
  project: Project,
  { name, longestMs = DAY_MS, ...settings }: RestateSettings & Patience & { readonly name?: N } = {},
) {
  return service({
    name: (name ?? 'lockstep') as N,
    handlers: { run: (ctx: Context, step: ToolStep) => runTool(ctx, project, step, settings) },
    options: { inactivityTimeout: longestMs },
  });
}

/** What no retry helps with is final for Restate. */
function terminal(error: unknown): unknown {
  if (!isFinal(error) || !(error instanceof Error)) return error;
  return new TerminalError(error.message, { errorCode: error instanceof ToolCancelled ? 409 : 400 });
}
