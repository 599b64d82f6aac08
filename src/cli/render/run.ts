import {
  describeReason,
  type Event,
  type ItemCounts,
  type RunReport,
  reasonBeside,
  type StepReport,
} from '../../run/event.ts';
import { visible, visibleLine } from '../../text/visible.ts';
import type { Context } from '../context.ts';
import { type Paint, painter } from '../terminal/say.ts';
import { writeTo } from '../terminal/streams.ts';
import { quoted } from '../terminal/terminal-line.ts';
import { withoutMarks } from '../terminal/workflow-commands.ts';
import { type Failure, Failures } from './failures.ts';
import { count } from './problems.ts';
import { type LineStyle, StepLines } from './step-lines.ts';

/** The number of failures that a summary lists one by one. */
const TOLD_FAILURES = 10;

/** The time between two checks of lines that have no end yet. */
const LOOK_MS = 1000;

interface About extends LineStyle {
  /** Questions are asked on the same terminal, so they are not reported again. */
  readonly isAsked?: boolean;
}

/**
 * Prints a run live: each line of output after its step's name. Output goes to `stream`: standard output, or standard
 * error where standard output is reserved for JSON.
 */
export class RunPrinter {
  readonly #stream: NodeJS.WritableStream;
  readonly #about: About;
  readonly #paint: Paint;
  readonly #lines: StepLines;
  #looking: NodeJS.Timeout | undefined;
  #run = '';
  /** Steps that have a line. */
  readonly #told = new Set<string>();
  readonly failures = new Failures();

  constructor(stream: NodeJS.WritableStream, about: About) {
    this.#stream = stream;
    this.#about = about;
    this.#paint = painter(about.color);
    this.#lines = new StepLines(about, this.#paint);
  }

  /** Resolves when the stream accepts more. A line that has no end for a while is shown unfinished. */
  print(event: Event): Promise<void> {
    const text = this.text(event);
    if (!this.#lines.isOpen || event.type === 'run-finished') this.#stop();
    else
      this.#looking ??= setInterval(
        () => void writeTo(this.#stream, withoutMarks(this.#lines.look())),
        LOOK_MS,
      ).unref();
    return writeTo(this.#stream, text);
  }

  #stop(): void {
    clearInterval(this.#looking);
    this.#looking = undefined;
  }

  /** The lines that an event adds to the stream, if any. Callers pass each event once, to this or to `print`. */
  text(event: Event): string {
    this.failures.take(event);
    return withoutMarks(this.#text(event));
  }

  #text(event: Event): string {
    switch (event.type) {
      case 'output':
        return this.#lines.take(event);
      case 'notice':
        return this.#line(event.step, this.#paint('yellow', visibleLine(event.message)));
      case 'step-waiting':
        return this.#about.isAsked ? '' : this.#waiting(event);
      case 'step-answered': {
        const { approved, by, reason } = event;
        const said = `${approved ? 'approved' : 'refused'} by ${by}${reason === undefined ? '' : `: ${visibleLine(reason)}`}`;
        return this.#line(event.step || 'call', this.#paint(approved ? 'green' : 'yellow', said));
      }
      case 'step-retrying':
        return (
          this.#lines.rest(event.step) +
          this.#line(
            event.step,
            this.#paint(
              'yellow',
              `${visibleLine(describeReason(event.reason))}; attempt ${event.attempt} in ${event.delayMs / 1000} s`,
            ),
          )
        );
      case 'item-finished':
        return this.#lines.rest(event.item.id) + this.#finished(event.item);
      case 'step-finished':
        return this.#lines.rest(event.step.id) + this.#finished(event.step);
      case 'run-finished':
        return this.#lines.end() + summaryText(event.report, this.#paint) + this.#failures(event.report);
      case 'run-started':
        this.#run = event.run;
        return '';
      case 'step-started':
        return '';
      default:
        return event satisfies never;
    }
  }

  /** Repeats the failures that other output has interrupted, at the end of the output. */
  #failures({ run, status }: RunReport): string {
    if (status !== 'failed') return '';
    const buried = this.failures.list().filter((one) => one.buried);
    const told = buried.slice(0, TOLD_FAILURES).map((one) => failureText(run, this.#shown(one), this.#paint));
    const more = buried.length - told.length;
    return `${told.join('')}${more > 0 ? `  and ${more} more\n` : ''}next: lockstep runs retry ${run}\n`;
  }

  #shown(failure: Failure): Failure {
    return { ...failure, lines: failure.lines.map((line) => this.#lines.shown(line)) };
  }

  /** A live run names the command that approves it; once it is over, `runs show` does. */
  #waiting({ step, question }: Extract<Event, { type: 'step-waiting' }>): string {
    const line = this.#line(step || 'call', this.#paint('yellow', visibleLine(`waits for approval: ${question}`)));
    if (this.#about.isAsked === undefined) return line;
    return `${line}next: lockstep runs approve ${this.#run}${step === '' ? '' : ` --step ${shellWord(step)}`}\n`;
  }

  #line(step: string, text: string): string {
    this.#told.add(step);
    return this.#lines.line(step, text);
  }

  #finished(report: StepReport): string {
    const { id, status, attempts, items } = report;
    const reason = reasonBeside(report);
    if (status === 'succeeded' && attempts < 2 && items === undefined) return '';
    // The summary counts the steps that had not started when the run was cancelled.
    if (status === 'cancelled' && attempts === 0 && !this.#told.has(id)) return '';
    const tried = attempts > 1 && items === undefined ? ` at attempt ${attempts}` : '';
    const why = `${reason === undefined ? tried : `: ${visibleLine(reason)}`}${itemsText(items)}`;
    const colour = status === 'failed' ? 'red' : status === 'succeeded' ? 'green' : 'yellow';
    return this.#line(id, this.#paint(colour, `${status}${why}`));
  }
}

/** ` (3 items)`, ` (1 of 3 items succeeded)`; empty for a step that is not repeated. */
export function itemsText(items: ItemCounts | undefined): string {
  if (items === undefined) return '';
  return items.succeeded === items.total
    ? ` (${count(items.total, 'item')})`
    : ` (${items.succeeded} of ${count(items.total, 'item')} succeeded)`;
}

const SIGN = {
  succeeded: ['green', 'ok'],
  failed: ['red', 'failed'],
  cancelled: ['yellow', 'cancelled'],
  skipped: ['dim', 'skipped'],
} as const;

function summaryText(report: RunReport, paint: Paint): string {
  const [colour, word] = SIGN[report.status];
  const steps = Object.keys(SIGN)
    .map((status) => [report.steps.filter((step) => step.status === status).length, status] as const)
    .flatMap(([number, status]) => (number === 0 ? [] : [`${number} ${status}`]))
    .join(', ');
  const counted = report.steps.length === 0 ? 'no step ran' : `${count(report.steps.length, 'step')}: ${steps}`;
  const reason = report.reason?.why === 'call' ? undefined : reasonBeside(report);
  const why = reason === undefined ? '' : `: ${visibleLine(reason)}`;
  const outputs = Object.entries(report.outputs).map(
    ([name, value]) => `  ${name} = ${visible(value) !== value || value.includes('\n') ? quoted(value) : value}\n`,
  );
  return `${paint([colour, 'bold'], word)} ${report.tool}${why} ${paint('dim', `(${counted}; ${report.durationMs / 1000} s)`)}\n${outputs.join('')}`;
}

function failureText(run: string, { report, lines }: Failure, paint: Paint): string {
  const { id, reason } = report;
  const why = reason === undefined ? 'failed' : visibleLine(describeReason(reason));
  const said = lines.map((line) => `    ${paint('dim', '|')} ${line}\n`).join('');
  return `  ${paint('red', `${id}: ${why}`)}  ${paint('dim', `lockstep runs logs ${run} --step ${shellWord(id)}`)}\n${said}`;
}

/** The path of a step, quoted where a shell would interpret it: `audit[3]`. */
function shellWord(path: string): string {
  return /[^\w./-]/.test(path) ? `'${path}'` : path;
}

/** Prints to standard error where JSON needs standard output for itself. */
export function runPrinter(context: Context, json: boolean): RunPrinter {
  const { terminal, color } = context;
  const isAsked = terminal.stdin;
  const isPlain = Boolean(context.env.NO_COLOR);
  return json
    ? new RunPrinter(context.stderr, { color: color.stderr, isTerminal: terminal.stderr, isAsked, isPlain })
    : new RunPrinter(context.stdout, { color: color.stdout, isTerminal: terminal.stdout, isAsked, isPlain });
}
