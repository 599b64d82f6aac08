import type { Plan } from '../../plan/plan.ts';
import type { Project } from '../../project/project.ts';
import type { RunOptions } from '../../project/runs/call-options.ts';
import type { Run, RunOutcome } from '../../project/runs/run-handle.ts';
import type { Problem } from '../../text/problem.ts';
import { monotonicMs, unlessAborted } from '../../util/timing.ts';
import { askYesNo } from '../confirm.ts';
import type { Context } from '../context.ts';
import { type RunPrinter, runPrinter } from '../render/run.ts';
import { say } from '../terminal/say.ts';
import type { LiveView } from './live-view.ts';

/** Runs a tool and shows it: for `run`, and for `watch` at every save. */
export function executeTool(
  context: Context,
  project: Project,
  tool: string,
  options: RunOptions,
  shown: Shown,
): Promise<RunOutcome> {
  return execute(context, (face) => project.run(tool, { ...face, ...options }), shown);
}

/** How a run is printed. */
export interface Shown {
  readonly json: boolean;
  /** The file for the JUnit XML report. */
  readonly junit?: string | undefined;
  /** Whether to print at the end why each step ran or did not. */
  readonly explain?: boolean;
}

/** Parallel steps may ask at the same time, but a terminal shows one question at a time. */
function oneAtATime(context: Context, live: LiveView | undefined): NonNullable<RunOptions['approve']> {
  let last: Promise<unknown> = Promise.resolve();
  return (question, signal) => {
    // A question that is settled elsewhere does not wait for others.
    const asked = unlessAborted(last, signal).then(() => approval(context, live, question, signal));
    last = Promise.all([last, asked.catch(() => undefined)]);
    return asked;
  };
}

/** Shows a run from its start to its end. @param start begins the run, with the options that come from the terminal */
export async function execute(
  context: Context,
  start: (face: RunOptions) => Run | Promise<Run>,
  { json, junit, explain }: Shown,
): Promise<RunOutcome> {
  context.closeInherited();
  let refusal: readonly Problem[] = [];
  const begun: Begun = { recorded: new Map() };
  if (junit !== undefined) (await import('./write-junit.ts')).junitPlace(context, junit);
  const printer = runPrinter(context, json);
  const live = await liveView(context, json, printer);
  const started = await start({
    signal: context.signal,
    kill: context.urgent,
    ...(context.terminal.stdin && { approve: oneAtATime(context, live) }),
    onRefusal: (problems) => (refusal = problems),
    onStart: (plan, recorded) => {
      begun.plan = plan;
      begun.recorded = recorded;
      live?.begin(plan, recorded);
    },
  });
  const announce = () => announceCancel(context, live);
  context.signal.addEventListener('abort', announce, { once: true });
  try {
    for await (const event of started) await (live ?? printer).print(event);
  } finally {
    context.signal.removeEventListener('abort', announce);
    await live?.end();
  }
  const outcome = await started.result();
  await showOutcome(context, outcome, { json, explain: explain === true }, begun, refusal);
  if (junit !== undefined) {
    const { suiteOf } = await import('../render/junit.ts');
    const { writeJunit } = await import('./write-junit.ts');
    await writeJunit(context, junit, suiteOf(outcome, printer.failures.list()));
  }
  return outcome;
}

/** The state in which a run began. */
interface Begun {
  plan?: Plan;
  recorded: ReadonlyMap<string, unknown>;
}

async function showOutcome(
  context: Context,
  outcome: RunOutcome,
  { json, explain }: { readonly json: boolean; readonly explain: boolean },
  { plan, recorded }: Begun,
  refusal: readonly Problem[],
): Promise<void> {
  if (refusal.length > 0) {
    const { problemsText } = await import('../render/problems.ts');
    say(context.stderr, `${problemsText(refusal, context.color.stderr)}\nnothing was started\n`);
  }
  if (json) {
    const { printJson } = await import('../render/json.ts');
    printJson(context, outcome);
  }
  if (explain && plan !== undefined) {
    const { explainText } = await import('../render/explain.ts');
    say(json ? context.stderr : context.stdout, explainText(plan, outcome.steps, recorded));
  }
}

/** A step may need time to clean up, so Ctrl-C is acknowledged at once. */
function announceCancel({ terminal, stderr }: Context, live: LiveView | undefined): void {
  if (!terminal.stderr) return;
  live?.pause();
  say(stderr, 'cancelling; press Ctrl-C again to kill\n');
  live?.resume();
}

/** Whether to show live rows: not in a pipe, in CI, or on a terminal that cannot move its cursor. */
async function liveView(context: Context, json: boolean, printer: RunPrinter): Promise<LiveView | undefined> {
  const { terminal, env } = context;
  if (json || !terminal.stdout || env.TERM === 'dumb' || env.CI) return undefined;
  const { LiveView } = await import('./live-view.ts');
  return new LiveView(printer, context, monotonicMs);
}

async function approval(
  context: Context,
  live: LiveView | undefined,
  question: string,
  signal: AbortSignal,
): Promise<boolean> {
  live?.pause();
  try {
    return await askYesNo(context, question, undefined, signal);
  } finally {
    live?.resume();
  }
}
