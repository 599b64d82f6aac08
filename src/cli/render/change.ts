import type { Change } from '../../project/watching/watch.ts';
import { locationText } from '../../text/excerpt.ts';
import type { Problem } from '../../text/problem.ts';
import { visibleName } from '../../text/visible.ts';
import { painter } from '../terminal/say.ts';
import { countsText, problemsText } from './problems.ts';

const MOST_FILES = 3;

/** One save under `watch`: when, in which files, which problems are new and gone, and how many remain. */
export function changeText({ result, takenUp, files, problems }: Change, at: Date, color: boolean): string {
  const paint = painter(color);
  const head = files.length === 0 ? '' : `${paint('bold', `${at.toTimeString().slice(0, 8)} ${filesText(files)}`)}\n`;
  const gone = problems.gone.map((one) => `${paint('green', 'gone:')} ${goneText(one)}\n`).join('');
  const state = takenUp ? 'reloaded' : 'the last good definitions stay in force';
  return `${head}${problemsText(problems.fresh, color)}${gone}${countsText(result.report.counts)}; ${state}\n`;
}

function filesText(files: readonly string[]): string {
  const more = files.length - MOST_FILES;
  const named = files.slice(0, MOST_FILES).map(visibleName).join(' ');
  return more > 0 ? `${named} and ${more} more` : named;
}

function goneText({ at, severity, message, code }: Problem): string {
  return `${at === undefined ? '' : `${locationText(at)}: `}${severity}: ${message} [${code}]`;
}
