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
  return `::${severity === 'note' ? 'notice' : severity} ${properties.join(',')}::${data(lines.join('\n'))}`;
}

function placeProperties({ source, range }: Location, prefix: string): string[] {
  const start = source.position(range.start);
  const end = source.position(range.end);
  // GitHub drops the columns of a range that spans lines, and warns about it in the log.
  const columns = start.line === end.line ? [`col=${start.column}`, `endColumn=${end.column}`] : [];
  return [`file=${property(prefix + source.path)}`, `line=${start.line}`, `endLine=${end.line}`, ...columns];
}

/** A command ends with its line, so no text may begin another line. */
function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
