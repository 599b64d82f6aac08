import type { RunOutcome } from '../../project/runs/run-handle.ts';
import { describeReason, type RunReport, reasonBeside, type StepReport } from '../../run/event.ts';
import { locationText } from '../../text/excerpt.ts';
import type { Location, Problem } from '../../text/problem.ts';
import { visibleLine } from '../../text/visible.ts';

/**
 * Workflow commands, from which GitHub makes annotations: one line per problem.
 * @param prefix of paths: the path of the repository's root in the work tree
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubText(problems: readonly Problem[], prefix: string): string {
  return problems.map((one) => `${command(one, prefix)}\n`).join('');
}

function command({ code, severity, message, hint, related = [], at }: Problem, prefix: string): string {
  const properties = [...(at === undefined ? [] : placeProperties(at, prefix)), `title=${property(code)}`];
  const lines = [
    visibleLine(message),
    ...related.map((one) => `${prefix}${locationText(one.at)}: ${visibleLine(one.message)}`),
    ...(hint === undefined ? [] : [`hint: ${visibleLine(hint)}`]),
  ];
  return `::${severity === 'note' ? 'notice' : severity} ${properties.join(',')}::${commandData(lines.join('\n'))}`;
}

function placeProperties({ source, range }: Location, prefix: string): string[] {
  const start = source.position(range.start);
  const end = source.position(range.end);
  // GitHub drops the columns of a range that spans lines, and warns about it in the log.
  const columns = start.line === end.line ? [`col=${start.column}`, `endColumn=${end.column}`] : [];
  return [`file=${property(prefix + source.path)}`, `line=${start.line}`, `endLine=${end.line}`, ...columns];
}

/** The text of a command. A command ends with its line, so no text may begin another line. */
export function commandData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return commandData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}

/** One annotation, without a place. */
export function errorCommand(title: string, message: string): string {
  return `::error title=${property(visibleLine(title))}::${commandData(visibleLine(message))}\n`;
}

/** An annotation for the failure of the run itself, and for each step that failed. */
export function failureCommands({ tool, reason, steps }: RunReport): string {
  const own = reason === undefined || reason.why === 'call' ? [] : [errorCommand(tool, describeReason(reason))];
  const failed = steps.filter(({ status, forgiven }) => status === 'failed' && forgiven !== true);
  const lines = failed.map((step) => errorCommand(`${tool}: ${step.id}`, reasonBeside(step) ?? 'failed'));
  return [...own, ...lines].join('');
}

/** Markdown for the summary of a job. */
export function githubSummary(outcome: RunOutcome): string {
  const title = `### ${markdown(outcome.tool)}: ${outcome.run === null ? 'refused' : outcome.status}\n\n`;
  if (outcome.run === null) {
    const problems = outcome.problems.map(({ code, message }) => `- ${markdown(message)} [${markdown(code)}]\n`);
    return `${title}Nothing was started.\n\n${problems.join('')}\n`;
  }
  const outputs = Object.entries(outcome.outputs).map(([name, value]) => [name, value]);
  return [
    title,
    table(['step', 'status', 'seconds', 'why'], outcome.steps.map(stepRow)),
    ...(outputs.length > 0 ? [table(['output', 'value'], outputs)] : []),
    `Run ${markdown(outcome.run)}\n\n`,
  ].join('');
}

function stepRow(step: StepReport): string[] {
  const { id, status, durationMs } = step;
  return [id, status, status === 'skipped' ? '' : String(durationMs / 1000), reasonBeside(step) ?? ''];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const body = rows.map((cells) => line(cells.map(markdown)));
  return `${line(head)}${line(head.map(() => '---'))}${body.join('')}\n`;
}

/** A text in which neither Markdown nor HTML has a meaning, on one line. */
function markdown(text: string): string {
  return visibleLine(text).replaceAll(/[^\p{L}\p{N} .,;/()-]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}
