import type { CheckReport } from '../../project/checking/check.ts';
import { type Paint as ProblemPaint, printProblem } from '../../text/excerpt.ts';
import type { Problem } from '../../text/problem.ts';
import { painter } from '../terminal/say.ts';

/** Every problem with its excerpt, one blank line between; ends in a line break unless there are no problems. */
export function problemsText(problems: readonly Problem[], color: boolean): string {
  const paint = painter(color);
  const words: ProblemPaint = {
    error: (text) => paint(['red', 'bold'], text),
    warning: (text) => paint(['yellow', 'bold'], text),
    dim: (text) => paint('dim', text),
    bold: (text) => paint('bold', text),
  };
  return problems.map((one) => `${printProblem(one, words)}\n`).join('\n');
}

/** `2 errors and 1 warning (3 tools and 1 agent in 4 files)` */
export function countsText({ errors, warnings, tools, agents, files }: CheckReport['counts']): string {
  return `${countText(errors, warnings)} (${count(tools, 'tool')} and ${count(agents, 'agent')} in ${count(files, 'file')})`;
}

function countText(errors: number, warnings: number): string {
  return (
    [count(errors, 'error'), count(warnings, 'warning')].filter((text) => !text.startsWith('0 ')).join(' and ') ||
    'no problems'
  );
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
