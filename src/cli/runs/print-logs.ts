import type { JournalLine } from '../../engine/journal.ts';
import { eventOf } from '../../engine/run-log.ts';
import { LockstepError } from '../../errors.ts';
import type { Project } from '../../project/project.ts';
import { didYouMean } from '../../text/suggestion.ts';
import { isBelow } from '../../util/step-path.ts';
import type { Context } from '../context.ts';
import { type Failure, Failures } from '../render/failures.ts';
import { printJson } from '../render/json.ts';
import { RunPrinter } from '../render/run.ts';
import { say } from '../terminal/say.ts';
import { writeTo } from '../terminal/streams.ts';

interface LogOptions {
  readonly follow: boolean;
  readonly step: string | undefined;
  readonly json: boolean;
  /** Whether each line begins with its time. */
  readonly timestamps: boolean;
}

/**
 * Prints the output of a run's steps as its own terminal showed it, or as JSON: one document, or one per line while the
 * run is in progress.
 */
export async function printLogs(
  context: Context,
  project: Project,
  name: string | undefined,
  options: LogOptions,
): Promise<void> {
  const engine = await project.engine();
  const { run } = (await engine.find(name)).header;
  const printer = new RunPrinter(context.stdout, {
    color: context.color.stdout,
    isTerminal: context.terminal.stdout,
    isPlain: Boolean(context.env.NO_COLOR),
  });
  const lines: JournalLine[] = [];
  for await (const line of engine.lines(run, { ...options, signal: context.signal })) {
    lines.push(line);
    if (options.step !== undefined && !isWithin(stepOf(line), options.step)) continue;
    const event = eventOf(line);
    if (options.json && options.follow) say(context.stdout, `${JSON.stringify(line)}\n`);
    else if (options.json || event === undefined) continue;
    else if (options.timestamps) await writeTo(context.stdout, stamped(printer.text(event), line.time));
    else await printer.print(event);
  }
  if (options.step !== undefined) requireStep(lines, run, options.step);
  const { step } = options;
  const shown = lines.filter((line) => step === undefined || isWithin(stepOf(line), step));
  if (options.json && !options.follow) printJson(context, { run, lines: shown });
}

function stamped(text: string, time: string): string {
  return text.replace(/^(?=.)/gm, `${time} `);
}

/** The failures of a run and their last output, from its journal. */
export async function journaledFailures(project: Project, run: string, signal: AbortSignal): Promise<Failure[]> {
  const failures = new Failures();
  for await (const line of (await project.engine()).lines(run, { follow: false, signal })) {
    const event = eventOf(line);
    if (event !== undefined) failures.take(event);
  }
  return failures.list();
}

function stepOf(line: JournalLine): string | undefined {
  if (line.type === 'ended') return line.report.id;
  return 'step' in line ? line.step : undefined;
}

function isWithin(path: string | undefined, step: string): boolean {
  return path !== undefined && (path === step || isBelow(path, step));
}

/** @throws LockstepError `run/unknown` where the journal has nothing from the step */
function requireStep(lines: readonly JournalLine[], run: string, step: string): void {
  const known = [...new Set(lines.flatMap((line) => stepOf(line) || []))];
  if (known.some((path) => isWithin(path, step))) return;
  const hint =
    didYouMean(step, known) ?? (known.length === 0 ? undefined : `steps with output: ${known.slice(0, 20).join(', ')}`);
  const hints = [hint, `lockstep runs logs ${run}`].filter((one) => one !== undefined);
  throw new LockstepError('run/unknown', `the run ${run} has no output from a step "${step}"`, hints);
}
